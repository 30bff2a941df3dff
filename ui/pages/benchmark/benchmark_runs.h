// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

#include <QWidget>

class QAction;
class QLabel;
class QPushButton;
class QTableView;
class QToolButton;

namespace weightroom::ui {

class BenchmarkRunModel;

/// What a run is written as.
enum class BenchmarkExport : quint8 { Json = 0, Csv, ChartPicture, PrintableReport };

/// The benchmarks that are kept, newest first, and what can be done with those that are chosen.
class BenchmarkRuns final : public QWidget {
    Q_OBJECT
public:
    explicit BenchmarkRuns(QWidget* parent = nullptr);

    void setRuns(const QList<BenchmarkRunView>& runs);
    [[nodiscard]] bool has(const QString& id) const;
    /// Selects a run that is in the list; no signal.
    void choose(const QString& id);
    void clearChoice();
    /// Newest first.
    [[nodiscard]] QStringList chosen() const;

Q_SIGNALS:
    /// One run is chosen, by the user.
    void runChosen(const QString& id);
    void comparisonRequested(const QString& before, const QString& after);
    /// One run; of two, the newer one first, ChartPicture alone.
    void exportRequested(const QStringList& ids, weightroom::ui::BenchmarkExport as);
    void removalRequested(const QString& id, const QString& name);

private:
    void build();
    void buildExport();
    void updateButtons();
    void tellChoice();

    BenchmarkRunModel* m_model;
    QTableView* m_table;
    QLabel* m_empty;
    QPushButton* m_compare;
    QToolButton* m_export;
    QList<QAction*> m_exportsOfOne; ///< what cannot be made of two runs
    QPushButton* m_remove;
};

} // namespace weightroom::ui

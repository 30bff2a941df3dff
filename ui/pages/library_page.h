// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/memory_view.h"
#include "ui/bridge/model_row.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QStackedWidget;
class QTableView;

namespace weightroom::ui {

class DetailPane;
class EmptyState;
class ModelFilterProxy;
class ModelTableModel;

enum class ScanState : quint8 { Idle = 0, Running };

/// The models: search, filters, table, and details of the selected one.
class LibraryPage final : public QWidget {
    Q_OBJECT
public:
    explicit LibraryPage(QWidget* parent = nullptr);

    void setLibrary(const LibraryView& library);
    /// In percent; negative: no job runs on the model.
    void setProgress(const QString& modelId, int percent);
    void setScanState(ScanState state);
    /// The device that a load would go to, for what the details say about room.
    void setTarget(const std::optional<MemoryView>& target);

    [[nodiscard]] QList<ModelRow> selectedModels() const;
    /// Whether a job runs on the model.
    [[nodiscard]] bool isBusy(const QString& modelId) const;
    /// Selects a model and scrolls to it; filters that hide it are cleared.
    void showModel(const QString& modelId);
    /// Offers these actions by the right mouse button.
    void setContextActions(const QList<QAction*>& actions);

    void focusSearch();
    /// Clears search and filters; returns to the table.
    void clearSearch();

Q_SIGNALS:
    void selectionChanged();
    void activated(); ///< double click or Return on the selection
    void addFolderRequested();
    void sampleLibraryRequested();
    void foldersRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void buildTable();
    [[nodiscard]] QWidget* buildHeader();
    void fillFilters();
    void connectFilters();
    void connectSelection();
    [[nodiscard]] EmptyState* buildEmptyLibrary();
    [[nodiscard]] EmptyState* buildNoMatch();
    [[nodiscard]] QStringList selectedIds() const;
    void select(const QStringList& ids);
    void showDetails();
    void updateState();

    ModelTableModel* m_model;
    ModelFilterProxy* m_proxy;
    QLineEdit* m_search;
    QComboBox* m_kind;
    QComboBox* m_condition;
    QLabel* m_count;
    QTableView* m_table;
    QStackedWidget* m_stack;
    DetailPane* m_details;
    QStringList m_selectedBeforeReset;
    bool m_isScanning = false;
};

} // namespace weightroom::ui

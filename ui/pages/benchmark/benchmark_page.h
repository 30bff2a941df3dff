// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"
#include "ui/bridge/views/job_view.h"

#include <QWidget>

namespace weightroom::ui {

class BenchmarkResults;
class BenchmarkRuns;
class BenchmarkSetup;

/// Measures how fast models are loaded: what to measure on the left, what has come of it beside that, and below it the
/// runs that are kept.
class BenchmarkPage final : public QWidget {
    Q_OBJECT
public:
    explicit BenchmarkPage(QWidget* parent = nullptr);

    /// The run that goes on, whoever wanted it; absent: none does.
    void setJob(const std::optional<JobView>& job);
    /// What it has measured so far; left alone while the user looks at another run.
    void setProgress(const BenchmarkProgressView& progress);
    void setRuns(const QList<BenchmarkRunView>& runs);
    /// Shows a report that was asked for, or has just come of a run.
    void setReport(const BenchmarkReportView& report);
    /// Shows it where both reports are there.
    void setComparison(const BenchmarkComparisonView& comparison);
    /// The run that went on is over, and the list is up to date. Where the user still looks at it, it is chosen; where
    /// it has left no report, nothing is.
    void endRun(const QString& id);
    /// Brings these runs into sight, as if the user had chosen them: one, or the later and the earlier of two.
    void show(const QStringList& ids);

    [[nodiscard]] BenchmarkSetup* setup() const { return m_setup; }
    [[nodiscard]] BenchmarkResults* results() const { return m_results; }
    [[nodiscard]] BenchmarkRuns* runs() const { return m_runs; }
    /// Whose figures are shown; absent: none, or those of a run that goes on.
    [[nodiscard]] const std::optional<BenchmarkReportView>& report() const { return m_report; }
    /// Ids of the runs whose figures are shown, the later one first; empty: none, or those of a run that goes on.
    [[nodiscard]] const QStringList& shown() const { return m_shown; }

Q_SIGNALS:
    /// The page came into sight.
    void opened();
    /// Figures have come into sight, or have gone from it.
    void shownChanged();
    void reportWanted(const QString& id);
    void comparisonWanted(const QString& before, const QString& after);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void choose(const QString& id);
    void compare(const QString& before, const QString& after);
    void showReport();
    void showComparison();
    void setShown(const QStringList& ids);

    BenchmarkSetup* m_setup;
    BenchmarkResults* m_results;
    BenchmarkRuns* m_runs;
    QStringList m_shown;
    QString m_wanted; ///< id of the report that is to be shown
    QString m_wantedBefore; ///< id of the one that it is compared with; empty: none
    std::optional<BenchmarkReportView> m_report;
    std::optional<BenchmarkReportView> m_before;
    std::optional<BenchmarkComparisonView> m_comparison;
    bool m_isLive = false; ///< the run that goes on is looked at
};

} // namespace weightroom::ui

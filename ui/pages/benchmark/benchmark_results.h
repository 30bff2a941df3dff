// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

#include <QWidget>

class QComboBox;
class QFormLayout;
class QImage;
class QLabel;
class QStackedWidget;
class QTableView;
class QTabWidget;

namespace weightroom::ui {

class BenchmarkComputeModel;
class BenchmarkOverviewModel;
class BenchmarkStageModel;
class DataLabel;
class IterationChart;
class StageChart;

/// One benchmark: the run that goes on, or one that is kept, perhaps beside another one. One model at a time, and of
/// several models a table that has them beside one another.
class BenchmarkResults final : public QWidget {
    Q_OBJECT
public:
    explicit BenchmarkResults(QWidget* parent = nullptr);

    /// Once a second while it goes on.
    void showLive(const BenchmarkProgressView& progress);
    void showReport(const BenchmarkReportView& report);
    /// The report, beside the one that it is measured by.
    void showBoth(
        const BenchmarkReportView& before, const BenchmarkReportView& after, const BenchmarkComparisonView& comparison);
    void clear();

    /// Of the chart, in the same size whatever that of the window is.
    [[nodiscard]] QImage chartImage() const;
    [[nodiscard]] StageChart* chart() const { return m_chart; }

private:
    void buildTabs();
    QWidget* buildStages();
    QWidget* buildCalculations();
    QWidget* buildOverview();
    QWidget* buildScrolled(QWidget* content);
    void buildHeader();
    void show(const QString& title, const QList<BenchmarkModelView>& models);
    void updateModelChooser();
    void showModel();
    void showCalculations(const BenchmarkModelView& model);
    void showFacts(const QList<BenchmarkFact>& facts);
    void showOutliers(const BenchmarkModelView& model);
    void showComparison();
    [[nodiscard]] QStringList modelVerdicts() const;
    [[nodiscard]] const BenchmarkModelView* otherModel(const QString& modelId) const;

    QList<BenchmarkModelView> m_models;
    std::optional<BenchmarkReportView> m_before;
    std::optional<BenchmarkComparisonView> m_comparison;
    QString m_name; ///< of the run that is looked at, for the legend
    QStackedWidget* m_stack;
    QWidget* m_content;
    DataLabel* m_title;
    QComboBox* m_model;
    QLabel* m_problem;
    QLabel* m_peer;
    QTabWidget* m_tabs;
    StageChart* m_chart;
    BenchmarkStageModel* m_stages;
    QTableView* m_table;
    QLabel* m_outliers;
    IterationChart* m_iterations;
    BenchmarkComputeModel* m_calculations;
    QLabel* m_computeProblem;
    BenchmarkOverviewModel* m_overview;
    QWidget* m_facts;
    QFormLayout* m_factRows;
    QLabel* m_verdicts;
};

} // namespace weightroom::ui

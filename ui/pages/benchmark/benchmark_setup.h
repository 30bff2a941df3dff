// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"
#include "ui/bridge/views/job_view.h"
#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/model_row.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListView;
class QProgressBar;
class QPushButton;
class QSortFilterProxyModel;
class QSpinBox;
class QVBoxLayout;

namespace weightroom::ui {

class BenchmarkChoiceModel;
class ComponentChoice;
class WheelGuard;

/// What is to be measured, and how; the button that begins it, and what has come of it so far.
class BenchmarkSetup final : public QWidget {
    Q_OBJECT
public:
    explicit BenchmarkSetup(QWidget* parent = nullptr);

    void setLibrary(const LibraryView& library);
    void setMemory(const QList<MemoryView>& memory);
    void setChecked(const QStringList& modelIds);
    /// The run that goes on; absent: none does.
    void setJob(const std::optional<JobView>& job);

    [[nodiscard]] bool isRunning() const { return m_job.has_value(); }
    /// As it stands now.
    [[nodiscard]] BenchmarkRequest request() const;

Q_SIGNALS:
    void startRequested(const weightroom::ui::BenchmarkRequest& request);
    void cancelRequested();

private:
    void buildModels(QVBoxLayout& layout);
    void buildForm(QVBoxLayout& layout);
    void buildRun(QVBoxLayout& layout);
    void buildChecks(QVBoxLayout& layout);
    /// The RAM cache alone keeps everything as it is stored, and cannot be read into itself; another loader loads whole
    /// files as they are stored.
    void updateChoices();
    void updateComponents();
    void updateButtons();

    BenchmarkChoiceModel* m_models;
    QSortFilterProxyModel* m_found;
    QLineEdit* m_search;
    QListView* m_list;
    QLabel* m_count;
    ComponentChoice* m_components;
    QComboBox* m_device;
    QComboBox* m_precision;
    QComboBox* m_temperature;
    QLabel* m_temperatureHelp;
    QSpinBox* m_iterations;
    QCheckBox* m_verify;
    QCheckBox* m_compute;
    QCheckBox* m_peer;
    QPushButton* m_start;
    QPushButton* m_cancel;
    QProgressBar* m_progress;
    QLabel* m_progressText;
    WheelGuard* m_wheelGuard;
    std::optional<JobView> m_job;
};

} // namespace weightroom::ui

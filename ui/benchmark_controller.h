// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"
#include "ui/bridge/views/job_view.h"

#include <QObject>
#include <QTimer>

class QWidget;

namespace weightroom::ui {

class Banner;
class BenchmarkExporter;
class BenchmarkPage;
class EngineBridge;
class LibraryPage;
class Prompts;

/// Brings benchmarks from the engine to their page, and what is asked there to the engine. All that it is made with is
/// borrowed and outlives it.
class BenchmarkController final : public QObject {
    Q_OBJECT
public:
    /// `window` becomes its parent, and that of the page until it has a place.
    BenchmarkController(
        EngineBridge& bridge, Prompts& prompts, const LibraryPage& library, Banner& banner, QWidget* window);

    [[nodiscard]] BenchmarkPage* page() const { return m_page; }

private:
    void connectPage();
    void open();
    void begin(const JobView& job);
    void followJob(const JobView& job);
    void takeProgress(const BenchmarkProgressView& progress);
    void takeRuns(const QList<BenchmarkRunView>& runs);
    void remove(const QString& id, const QString& name);

    EngineBridge& m_bridge;
    Prompts& m_prompts;
    const LibraryPage& m_library;
    BenchmarkPage* m_page;
    BenchmarkExporter* m_exporter;
    QTimer m_poll; ///< runs only while a benchmark does
    quint64 m_job = 0; ///< of the benchmark that goes on; 0: none
    QString m_runId; ///< of the run that goes on, or has ended and is not in the list yet
    bool m_awaitsRuns = false; ///< a run has ended: the list will have it
    bool m_wasOpened = false;
};

} // namespace weightroom::ui

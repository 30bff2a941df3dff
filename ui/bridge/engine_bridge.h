// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"
#include "ui/bridge/views/details_view.h"
#include "ui/bridge/views/job_view.h"
#include "ui/bridge/views/load_preview_view.h"
#include "ui/bridge/views/load_record_view.h"
#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/model_row.h"
#include "ui/bridge/views/monitor_view.h"
#include "ui/bridge/views/operation_view.h"
#include "ui/bridge/views/preload_view.h"
#include "ui/bridge/views/settings_view.h"

#include <QElapsedTimer>
#include <QHash>
#include <QMap>
#include <QObject>
#include <QSet>
#include <QTimer>

#include <memory>
#include <optional>
#include <string_view>

namespace weightroom::engine {
class ClaimedPlace;
struct EngineOptions;
struct RestOptions;
} // namespace weightroom::engine

namespace weightroom::ui {

/// The window's one door to the engine. It owns the engine, starts operations, and brings what the engine's threads
/// report to the GUI thread as values.
///
///     engine threads ─ newest snapshot, changed jobs ─▶ mailbox ─ one queued call, at most 20 a second ─▶ signals
///
/// Every function is called on the GUI thread, returns at once, and says nothing about success: that comes as a job or
/// as requestRefused(). The destructor stops and joins the engine before anything else goes, so no callback meets a
/// dead bridge; jobs that run then are cancelled and rolled back first.
class EngineBridge final : public QObject {
    Q_OBJECT
public:
    explicit EngineBridge(engine::EngineOptions options, QObject* parent = nullptr);
    ~EngineBridge() override;

    /// From now on other programs of the user can use the engine. What goes wrong is told by requestRefused().
    void serve(engine::ClaimedPlace place);
    /// And programs of this computer by HTTP, after serve(). What goes wrong is told likewise.
    void serveRest(engine::RestOptions options);
    /// When there is no window any more that could be brought up. Waits until clients were answered.
    void stopServing();

    [[nodiscard]] const LibraryView& library() const { return m_library; }
    [[nodiscard]] const QList<MemoryView>& memory() const { return m_memory; }
    /// What the engine has seen last; empty before the first look, and where it does not watch itself.
    [[nodiscard]] const MonitorView& monitor() const { return m_monitor; }
    /// Newest first.
    [[nodiscard]] QList<JobView> jobs() const;

    void rescan();
    /// Saves the folders, then scans them.
    void setFolders(const QList<QByteArray>& paths);
    void addFolder(const QByteArray& path);
    void addFolders(const QList<QByteArray>& added);
    /// Writes the sample library into a folder, then adds that folder.
    void makeSampleLibrary(const QByteArray& directory);
    void cacheModel(const QString& modelId);
    void loadModel(const QString& modelId, const QString& deviceId);
    enum class WhenLeased : quint8 { Refuse = 0, UnloadAnyway };
    /// From every device where it is loaded. UnloadAnyway: what other programs use stays until they have ended.
    void unloadModel(const QString& modelId, WhenLeased whenLeased = WhenLeased::Refuse);
    /// Offers what is loaded of it to the programs that are connected for these domains; answers by modelShared().
    void shareModel(const QString& modelId, const QStringList& domains);
    void dropFromCache(const QString& modelId);
    void dropWholeCache();
    /// Reads headers and sidecars; answers by detailsReady().
    void requestDetails(const QString& modelId);
    /// Answers by compatibilityReady().
    void requestCompatibility(const QString& modelId);
    /// Answers by loadPreviewReady(), or not at all.
    void requestLoadPreview(const QString& modelId, const QString& deviceId);
    /// Answers by loadRecordsReady(), or not at all: how the last loads of the model went.
    void requestLoadRecords(const QString& modelId);
    /// Answers by layoutReady(): whose folder it is.
    void requestLayout(const QByteArray& path);
    /// Tells ComfyUI of the library's folders, in an extra_model_paths.yaml.
    void exportPaths(const QByteArray& file);
    /// Answers by deletionPlanned(): what deleteModel() would move.
    void planDeletion(const QString& modelId);
    /// Moves the model to the trash. What the plan said to be in memory is given back; a model that was loaded since is
    /// refused, because nobody was told.
    void deleteModel(const DeletionView& plan);
    /// Undoes the deletion of this number (LibraryView::lastDeletion).
    void restoreModel(quint64 deletion);
    /// Answers by validated().
    void validateModel(const QString& modelId, ValueCheck values);
    void convertModel(const ConversionRequest& request);
    /// The library tells what the engine has then; answers by notesRefused() when that is what it had before.
    void changeNotes(const QString& modelId, const NotesChange& change);
    /// Writes into another program's file; answers by detailsReady().
    void changeSidecar(const SidecarChange& change);
    /// Keeps what is loaded for the next start. Answers by restartPrepared().
    void prepareRestart();
    /// Answers by preloadPlansReady(), as the two that change a plan.
    void requestPreloadPlans();
    void keepPreloadPlan(const PreloadPlanRequest& plan);
    void removePreloadPlan(const QString& name);
    void runPreloadPlan(const QString& name);
    /// Answers by settingsReady(), once to all who ask before the answer is there.
    void requestSettings();
    /// Answers by settingsSaved().
    void changeSettings(const SettingsView& changes);
    /// Has a feature that has fallen back tried at once.
    void useFeatureAgain(const QString& name);
    /// Equal tensors once, and what lies apart together, in the cache and on all devices.
    void optimizeMemory();
    /// Answers by historyReady(), without series where that failed.
    void requestHistory(const HistoryRequest& request);
    /// Answers by historyExported(). A file that is there already is left alone, and that is told.
    void exportHistory(const HistoryRequest& what, const QByteArray& file, HistoryFile format);
    /// Answers by performanceReady(), without devices where that failed.
    void requestPerformance();
    /// Answers by alertsReady(): those that were, too; at most so many, the newest. Who asks again before the answer is
    /// there gets the newer one last.
    void requestAlerts(int most);
    /// What has come of it the monitor tells; or alertGone(), or acknowledgementFailed().
    void acknowledgeAlert(quint64 number);
    /// What a component has alone in a memory ("GPU_0", "CACHE"); both ids empty: what several components share there.
    /// Answers by tensorsReady(), without any where that failed.
    void requestTensors(const QString& memoryId, const QString& modelId, const QString& componentId);
    /// Measures loads, and keeps a report; answers by benchmarkReportReady(). The number of its job.
    quint64 startBenchmark(const BenchmarkRequest& request);
    /// Answers by benchmarkProgressReady(): of the run that goes on, whoever wanted it.
    void requestBenchmarkProgress();
    /// Answers by benchmarkRunsReady(), as removeBenchmark().
    void requestBenchmarkRuns();
    /// Answers by benchmarkReportReady(), or benchmarkRefused().
    void requestBenchmarkReport(const QString& benchmarkId);
    /// Answers by benchmarkComparisonReady(), or benchmarkRefused().
    void requestBenchmarkComparison(const QString& before, const QString& after);
    /// Answers by benchmarkExported(). A file that is there already is left alone, and that is told.
    void exportBenchmark(const QString& benchmarkId, const QByteArray& file, BenchmarkFile format);
    void removeBenchmark(const QString& benchmarkId);
    /// All operations of the engine.
    [[nodiscard]] QList<OperationView> operations() const;
    /// Any of them; answers by operationEnded(), also when it failed. The number of its job; 0: it became none.
    quint64 callOperation(const OperationCall& call);
    /// Returns at once; the job ends as cancelled after its rollback. A job that has ended is left alone.
    void cancelJob(quint64 number);
    /// Starts the operation of a failed or cancelled job again, with the same request.
    void retryJob(quint64 number);

Q_SIGNALS:
    void libraryChanged();
    void memoryChanged();
    /// Once a second.
    void monitorChanged();
    void historyReady(const weightroom::ui::HistoryView& history);
    void historyExported(const QByteArray& file);
    void performanceReady(const weightroom::ui::PerformanceView& performance);
    void alertsReady(const QList<weightroom::ui::AlertView>& alerts);
    /// What was to be acknowledged is over and was acknowledged by somebody else: who shows it otherwise has an old
    /// list.
    void alertGone(quint64 number);
    /// After requestRefused(): nobody has acknowledged it.
    void acknowledgementFailed(quint64 number);
    void tensorsReady(const weightroom::ui::TensorsView& tensors);
    void benchmarkProgressReady(const weightroom::ui::BenchmarkProgressView& progress);
    void benchmarkReportReady(const weightroom::ui::BenchmarkReportView& report);
    /// Newest first.
    void benchmarkRunsReady(const QList<weightroom::ui::BenchmarkRunView>& runs);
    void benchmarkComparisonReady(const weightroom::ui::BenchmarkComparisonView& comparison);
    /// A report, or a comparison of this later run, cannot be had; why was told by requestRefused().
    void benchmarkRefused(const QString& benchmarkId);
    void benchmarkExported(const QByteArray& file);
    /// A new job, or one whose state or progress changed.
    void jobChanged(const weightroom::ui::JobView& job);
    /// Once per job, after its last jobChanged().
    void jobFinished(const weightroom::ui::JobView& job);
    void detailsReady(const weightroom::ui::ModelDetails& details);
    void compatibilityReady(const weightroom::ui::CompatibilityView& compatibility);
    void loadPreviewReady(const weightroom::ui::LoadPreviewView& preview);
    void loadRecordsReady(const weightroom::ui::LoadRecordsView& records);
    void layoutReady(const weightroom::ui::LayoutView& layout);
    void deletionPlanned(const weightroom::ui::DeletionView& plan);
    /// The next start loads what is loaded now.
    void restartPrepared();
    /// What it has come to, in sentences.
    void modelShared(const QString& outcome);
    void validated(const weightroom::ui::ValidationView& outcome);
    void preloadPlansReady(const QList<weightroom::ui::PreloadPlanView>& plans);
    void settingsReady(const weightroom::ui::SettingsView& settings);
    void settingsSaved(weightroom::ui::SettingsEffect effect);
    /// Once for each call, and once more each time that its job is tried again.
    void operationEnded(const weightroom::ui::OperationOutcome& outcome);
    /// A request that failed and is no job that the activity list shows.
    void requestRefused(const weightroom::ui::ErrorView& error);
    /// Another program asks for the window, and wants these folders in the library.
    void windowWanted(const QList<QByteArray>& folders);
    /// After requestRefused().
    void notesRefused(const QString& modelId, const weightroom::ui::NotesChange& change);

private:
    struct Request;
    struct Reply;
    class Door;

    /// The number of its job; 0: it became none.
    quint64 start(Request request);
    /// Whether the operation was asked for, and no answer is there yet.
    [[nodiscard]] bool isAwaited(std::string_view operation) const;
    void askForWantedAlerts();
    /// Those behind `found`, until there are as many as were wanted.
    void askForAlerts(int most, const QList<AlertView>& found);
    void scheduleDelivery();
    void deliver();
    void takeReply(quint64 token, const Reply& reply);
    void keepJob(const JobView& job);

    LibraryView m_library;
    QList<MemoryView> m_memory;
    MonitorView m_monitor;
    QMap<quint64, JobView> m_jobs;
    QHash<quint64, std::shared_ptr<const Request>> m_requestsByJob;
    QHash<quint64, std::shared_ptr<const Request>>
        m_waiting; ///< by token; what is not here any more is answered too late
    QSet<quint64> m_quietJobs; ///< that are not shown and have not ended
    quint64 m_nextToken = 1;
    bool m_isAskingForAlerts = false;
    std::optional<int> m_alertsWanted; ///< when there is the answer to what is asked now
    QTimer m_deliveryTimer;
    QElapsedTimer m_sinceDelivery;
    std::unique_ptr<Door> m_door; ///< last: the engine and the mailbox; the destructor resets it first
};

} // namespace weightroom::ui

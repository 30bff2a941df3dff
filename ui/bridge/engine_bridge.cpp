// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/engine_bridge.h"

#include "model_engine/engine.h"
#include "ui/bridge/conversion/memory_conversion.h"
#include "ui/bridge/conversion/monitor_conversion.h"
#include "ui/bridge/conversion/operation_catalog.h"
#include "ui/bridge/conversion/sidecar_values.h"
#include "ui/bridge/conversion/view_conversion.h"
#include "ui/bridge/engine_request.h"
#include "ui/bridge/text/details_text.h"
#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/preload_text.h"
#include "ui/bridge/text/validation_text.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace weightroom::ui {
namespace {

/// 20 Hz: more is not seen, and each delivery costs the window a pass over its rows.
constexpr int kDeliveryIntervalMs = 50;

/// As many as the engine keeps of those that have ended.
constexpr qsizetype kJobsKept = static_cast<qsizetype>(engine::JobQueue::kFinishedJobsKept);

engine::Json pathList(const QList<QByteArray>& paths)
{
    engine::Json list = engine::Json::array();
    for (const QByteArray& path : paths)
        list.push_back(path.toStdString());
    return list;
}

} // namespace

struct EngineBridge::Reply {
    engine::Result<engine::Json> answer;
    std::function<void(EngineBridge&)> prepared{}; ///< what Request::prepare has made of the answer, which is null then
};

/// The engine, and the mailbox in which its threads leave the newest of what they report.
class EngineBridge::Door {
public:
    struct Mail {
        engine::EngineSnapshotPtr snapshot; ///< nullptr: nothing new
        engine::MonitorSnapshotPtr monitored; ///< likewise
        std::map<engine::JobId, engine::JobSnapshotPtr> jobs;
    };

    Door(engine::EngineOptions options, EngineBridge& bridge)
        : m_bridge(bridge)
        , m_engine(std::move(options), observer())
    {
    }

    [[nodiscard]] engine::Engine& engine() { return m_engine; }

    [[nodiscard]] Mail takeMail()
    {
        const std::lock_guard lock(m_mutex);
        m_isAnnounced = false;
        return std::exchange(m_mail, {});
    }

private:
    [[nodiscard]] engine::EngineObserver observer()
    {
        return {
            .snapshotChanged = [this](const auto& snapshot) { put([&](Mail& mail) { mail.snapshot = snapshot; }); },
            .jobChanged = [this](const auto& job) { put([&](Mail& mail) { mail.jobs[job->id] = job; }); },
            .monitored = [this](const auto& seen) { put([&](Mail& mail) { mail.monitored = seen; }); },
            .windowWanted =
                [this](const std::vector<std::string>& folders) {
                    QList<QByteArray> paths;
                    for (const std::string& folder : folders)
                        paths.append(QByteArray::fromStdString(folder));
                    const auto tell = [&bridge = m_bridge, paths] { Q_EMIT bridge.windowWanted(paths); };
                    QMetaObject::invokeMethod(&m_bridge, tell, Qt::QueuedConnection);
                },
        };
    }

    /// Called on engine threads.
    template <class Change>
    void put(Change change)
    {
        const bool isFirst = [&] {
            const std::lock_guard lock(m_mutex);
            change(m_mail);
            return !std::exchange(m_isAnnounced, true);
        }();
        if (isFirst)
            QMetaObject::invokeMethod(&m_bridge, &EngineBridge::scheduleDelivery, Qt::QueuedConnection);
    }

    EngineBridge& m_bridge;
    std::mutex m_mutex; ///< guards m_mail and m_isAnnounced; nothing is called while it is held
    Mail m_mail;
    bool m_isAnnounced = false;
    ViewConversion m_conversion; ///< GUI thread only
    engine::Engine m_engine; ///< last: joined before the mailbox goes

public:
    [[nodiscard]] ViewConversion& conversion() { return m_conversion; }
};

EngineBridge::EngineBridge(engine::EngineOptions options, QObject* parent)
    : QObject(parent)
{
    m_deliveryTimer.setSingleShot(true);
    connect(&m_deliveryTimer, &QTimer::timeout, this, &EngineBridge::deliver);
    m_door = std::make_unique<Door>(std::move(options), *this);
    const engine::EngineSnapshotPtr first = m_door->engine().snapshot();
    m_library = m_door->conversion().library(*first);
    m_memory = memoryViews(*first);
}

EngineBridge::~EngineBridge() { m_door.reset(); }

QList<JobView> EngineBridge::jobs() const
{
    QList<JobView> newestFirst;
    for (const JobView& job : m_jobs)
        newestFirst.prepend(job);
    return newestFirst;
}

void EngineBridge::serve(engine::ClaimedPlace place)
{
    if (auto served = m_door->engine().serve(std::move(place)); !served)
        Q_EMIT requestRefused(errorView(served.error()));
}

void EngineBridge::serveRest(engine::RestOptions options)
{
    if (auto port = m_door->engine().serveRest(std::move(options)); !port)
        Q_EMIT requestRefused(errorView(port.error()));
}

void EngineBridge::stopServing() { m_door->engine().stopServing(); }

void EngineBridge::rescan() { start({.operation = "model.get_available_models", .fields = {{"refresh", "always"}}}); }

void EngineBridge::setFolders(const QList<QByteArray>& paths)
{
    start({
        .operation = "settings.post_settings_update",
        .fields = {{"model_folders", pathList(paths)}},
        .next = [](EngineBridge& bridge, const engine::Json&) { bridge.rescan(); },
    });
}

void EngineBridge::addFolder(const QByteArray& path) { addFolders({path}); }

void EngineBridge::addFolders(const QList<QByteArray>& added)
{
    QList<QByteArray> paths;
    for (const FolderView& folder : std::as_const(m_library.folders))
        paths.append(folder.path);
    for (const QByteArray& path : added) {
        if (!paths.contains(path))
            paths.append(path);
    }
    setFolders(paths);
}

void EngineBridge::makeSampleLibrary(const QByteArray& directory)
{
    start({
        .operation = "library.post_sample_library",
        .fields = {{"directory", directory.toStdString()}},
        .next = [directory](EngineBridge& bridge, const engine::Json&) { bridge.addFolder(directory); },
    });
}

void EngineBridge::cacheModel(const QString& modelId)
{
    start({.operation = "model.post_model_cache", .fields = modelRequest(modelId)});
}

void EngineBridge::loadModel(const QString& modelId, const QString& deviceId)
{
    engine::Json fields = modelRequest(modelId);
    if (!deviceId.isEmpty())
        fields["device_id"] = deviceId.toStdString();
    start({.operation = "model.post_model_load", .fields = std::move(fields)});
}

void EngineBridge::dropFromCache(const QString& modelId)
{
    start({.operation = "model.delete_model_cache", .fields = modelRequest(modelId)});
}

void EngineBridge::optimizeMemory() { start({.operation = "model.post_model_optimize"}); }

void EngineBridge::dropWholeCache() { start({.operation = "model.delete_model_cache"}); }

void EngineBridge::exportPaths(const QByteArray& file)
{
    start({.operation = "library.post_library_export_paths", .fields = {{"file", file.toStdString()}}});
}

void EngineBridge::deleteModel(const DeletionView& plan)
{
    engine::Json fields = modelRequest(plan.modelId);
    fields["when_in_memory"] = plan.inMemory.isEmpty() ? "refuse" : "release";
    start({.operation = "model.delete_model", .fields = std::move(fields)});
}

void EngineBridge::restoreModel(quint64 deletion)
{
    start({.operation = "model.post_model_restore", .fields = {{"deletion_id", deletion}}});
}

void EngineBridge::validateModel(const QString& modelId, ValueCheck values)
{
    engine::Json fields = modelRequest(modelId);
    fields["check_values"] = values == ValueCheck::Every;
    fields["check_hashes"] = values == ValueCheck::Every;
    start({.operation = "model.post_model_validate",
        .fields = std::move(fields),
        .next = [](EngineBridge& bridge, const engine::Json& answer) {
            Q_EMIT bridge.validated(validationView(answer));
        }});
}

void EngineBridge::convertModel(const ConversionRequest& request)
{
    engine::Json fields = modelRequest(request.modelId);
    fields["output_path"] = request.outputPath.toStdString();
    fields["target_format"] = request.format.toStdString();
    fields["precision"] = request.precision.toStdString();
    fields["drop_ema"] = request.dropsEma;
    start({.operation = "model.post_model_convert", .fields = std::move(fields)});
}

void EngineBridge::changeNotes(const QString& modelId, const NotesChange& change)
{
    engine::Json fields = modelRequest(modelId);
    const auto add = [&fields](const char* name, const auto& value) {
        if (value)
            fields[name] = *value;
    };
    const auto addText = [&](const char* name, const std::optional<QString>& value) {
        if (value)
            fields[name] = value->toStdString();
    };
    addText("notes", change.notes);
    addText("model_type", change.modelType);
    addText("architecture", change.architecture);
    addText("prediction_type", change.prediction);
    addText("weights_variant", change.weightsVariant);
    addText("preferred_precision", change.precision);
    add("is_favorite", change.isFavorite);
    add("is_pinned", change.isPinned);
    add("keep_alive_seconds", change.keepAliveSeconds);
    if (change.tags) {
        fields["tags"] = engine::Json::array();
        for (const QString& tag : *change.tags)
            fields["tags"].push_back(tag.toStdString());
    }
    start({.operation = "model.post_model_config_update",
        .fields = std::move(fields),
        .visibility = Request::Visibility::Quiet,
        .refused = [modelId, change](
                       EngineBridge& bridge, const engine::Error&) { Q_EMIT bridge.notesRefused(modelId, change); }});
}

void EngineBridge::changeSidecar(const SidecarChange& change)
{
    start({.operation = "model.post_model_metadata_update",
        .fields = sidecarRequest(change),
        .next = [](EngineBridge& bridge,
                    const engine::Json& answer) { Q_EMIT bridge.detailsReady(modelDetails(answer)); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::prepareRestart()
{
    start({.operation = "preload.post_restart_plan",
        .next = [](EngineBridge& bridge, const engine::Json&) { Q_EMIT bridge.restartPrepared(); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::keepPreloadPlan(const PreloadPlanRequest& plan)
{
    start({.operation = "preload.post_preload_plan",
        .fields = preloadPlanRequest(plan),
        .next = [](EngineBridge& bridge, const engine::Json&) { bridge.requestPreloadPlans(); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::removePreloadPlan(const QString& name)
{
    start({.operation = "preload.delete_preload_plan",
        .fields = {{"name", name.toStdString()}},
        .next = [](EngineBridge& bridge, const engine::Json&) { bridge.requestPreloadPlans(); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::runPreloadPlan(const QString& name)
{
    start({.operation = "preload.post_preload_run", .fields = {{"name", name.toStdString()}}});
}

QList<OperationView> EngineBridge::operations() const { return operationViews(m_door->engine().operations()); }

void EngineBridge::cancelJob(quint64 number)
{
    // The only error is that the job has ended meanwhile, which its row shows anyway.
    static_cast<void>(m_door->engine().cancel(engine::JobId{number}));
}

void EngineBridge::retryJob(quint64 number)
{
    if (const auto request = m_requestsByJob.value(number))
        start(*request);
}

quint64 EngineBridge::start(Request request)
{
    const quint64 token = m_nextToken++;
    const auto kept = std::make_shared<Request>(std::move(request));
    // Waiting before it starts: the answer may come before start() returns.
    m_waiting.insert(token, kept);
    const engine::JobId job = m_door->engine().start(
        kept->operation, kept->fields, [this, token, kept](const engine::Result<engine::Json>& result) {
            const bool isPrepared = result && kept->prepare;
            const Reply made = isPrepared ? Reply{engine::Json(), kept->prepare(*result)} : Reply{result};
            const auto take = [this, token, reply = made] { takeReply(token, reply); };
            QMetaObject::invokeMethod(this, take, Qt::QueuedConnection);
        });
    kept->becameJob = job.number != 0;
    if (kept->isShown())
        m_requestsByJob.insert(job.number, kept);
    else if (kept->becameJob)
        m_quietJobs.insert(job.number);
    return job.number;
}

bool EngineBridge::isAwaited(std::string_view operation) const
{
    return std::ranges::any_of(m_waiting, [operation](const auto& request) { return request->operation == operation; });
}

void EngineBridge::takeReply(quint64 token, const Reply& reply)
{
    const auto request = m_waiting.take(token);
    if (!request)
        return;
    // What failed as a job is told by the job.
    if (!reply.answer && !request->isShown() && request->failure == Request::Failure::Told)
        Q_EMIT requestRefused(errorView(reply.answer.error(), m_memory));
    if (!reply.answer && request->refused)
        request->refused(*this, reply.answer.error());
    if (reply.prepared)
        return reply.prepared(*this);
    if (reply.answer && request->next)
        request->next(*this, *reply.answer);
}

void EngineBridge::scheduleDelivery()
{
    if (m_deliveryTimer.isActive())
        return;
    const qint64 elapsed = m_sinceDelivery.isValid() ? m_sinceDelivery.elapsed() : kDeliveryIntervalMs;
    m_deliveryTimer.start(static_cast<int>(std::max<qint64>(0, kDeliveryIntervalMs - elapsed)));
}

void EngineBridge::deliver()
{
    m_sinceDelivery.start();
    const Door::Mail mail = m_door->takeMail();
    // First what is there, then the jobs: who hears that a load has finished finds it in the rows.
    if (mail.snapshot) {
        m_library = m_door->conversion().library(*mail.snapshot);
        m_memory = memoryViews(*mail.snapshot);
        addLedgers(m_memory, m_monitor);
        Q_EMIT libraryChanged();
        Q_EMIT memoryChanged();
    }
    if (mail.monitored) {
        m_monitor = monitorView(*mail.monitored);
        const QList<MemoryView> before = m_memory;
        addLedgers(m_memory, m_monitor);
        if (m_memory != before)
            Q_EMIT memoryChanged();
        Q_EMIT monitorChanged();
    }
    for (const auto& [id, job] : mail.jobs) {
        const JobView view = jobView(*job, m_memory);
        if (!m_quietJobs.contains(id.number) && isWorthTelling(view))
            keepJob(view);
        else if (job->isFinished())
            m_quietJobs.remove(id.number);
    }
}

void EngineBridge::keepJob(const JobView& job)
{
    const bool hadFinished = m_jobs.value(job.number).isFinished();
    m_jobs.insert(job.number, job);
    while (m_jobs.size() > kJobsKept && m_jobs.first().isFinished()) {
        m_requestsByJob.remove(m_jobs.firstKey());
        m_jobs.erase(m_jobs.begin());
    }
    Q_EMIT jobChanged(job);
    if (job.isFinished() && !hadFinished)
        Q_EMIT jobFinished(job);
}

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/model_loading.h"

#include "model_engine/memory/contents/weights_sharing.h"
#include "model_engine/operations/cache/usage_keeping.h"
#include "model_engine/operations/loading/content_keeping.h"
#include "model_engine/operations/loading/load_preview.h"
#include "model_engine/operations/loading/load_recovery.h"
#include "model_engine/operations/monitor/engine_monitor.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

LoadWork workOf(const LoadOutcome& outcome)
{
    return {.toTake = outcome.bytesRead + outcome.bytesCopied,
        .fromDisk = outcome.readStatistics.direct + outcome.readStatistics.buffered,
        .fromPageCache = outcome.readStatistics.fromPageCache,
        .toCopy = outcome.bytesCopied};
}

LoadDurations durationsOf(const LoadOutcome& outcome)
{
    return {.taking = outcome.times.allocating, .reading = outcome.times.reading, .copying = outcome.times.copying};
}

/// Bytes that these components, and no others, have in their memory: those that the load has added to it.
template <class Component>
Bytes addedBytes(const std::vector<Component>& components, const std::set<ComponentId>& thereBefore)
{
    FreedBytes added;
    for (const Component& component : components) {
        if (!thereBefore.contains(component->key.component))
            added.add(component->weights);
    }
    return added.places();
}

MeasuredLoad measured(const LoadOutcome& outcome)
{
    return {.onDevice = addedBytes(outcome.loaded, {}),
        .inCache = addedBytes(outcome.cached, outcome.fromCache),
        .took = durationsOf(outcome),
        .total = outcome.times.total};
}

/// How long the model stays on the device from now on: the last load says so. Answers with the end of it. On the engine
/// thread.
std::optional<Clock::Wall> renewExpiry(EngineServices& services, const DeviceId& device, const LoadWish& wish)
{
    const auto& settings = services.tables.modelSettings;
    const auto own = settings.find(wish.model);
    const KeepAlive keep = wish.keepAlive.value_or(own == settings.end() ? kKeepForEver : own->second->keepAlive);
    services.tables.residency.setExpiry(device, wish.model, expiryAfter(keep, services.clock.now()));
    return keep < KeepAlive{} ? std::nullopt : std::optional{services.clock.wallTime() + keep};
}

/// Enters a finished load into the tables: the only change that anybody sees. What it replaces is destroyed here, on
/// the job's thread.
void commit(EngineServices& services, ModelLoad& load, const LoadWish& wish, ModelClaim& claim)
{
    const LoadRequest& request = load.request;
    const LoadOutcome& outcome = load.outcome;
    const bool isAhead = wish.purpose == LoadPurpose::ReadAhead;
    std::vector<CachedComponentPtr> replacedInCache;
    std::vector<LoadedComponentPtr> replacedOnDevice;
    services.executor.invoke([&] {
        for (const CachedComponentPtr& component : outcome.cached) {
            RamCache& cache = services.tables.cache;
            if (!outcome.fromCache.contains(component->key.component))
                replacedInCache.push_back(isAhead ? cache.insertAhead(component) : cache.insert(component));
        }
        noteContents(services, outcome);
        if (request.lane) {
            const DeviceId& device = request.lane->device().description().id;
            replacedOnDevice = services.tables.residency.add(device, outcome.loaded);
            if (wish.purpose == LoadPurpose::Use)
                load.expiresAt = renewExpiry(services, device, wish);
        }
        if (wish.purpose != LoadPurpose::Benchmark)
            services.tables.loadRates.note(load.record.device, workOf(outcome), durationsOf(outcome));
        if (wish.purpose == LoadPurpose::Use)
            noteUses(services, outcome);
        if (isAhead)
            notePrefetch(services, outcome);
        else if (wish.purpose != LoadPurpose::Benchmark)
            services.tables.loadRecords.add(load.record);
        claim.forgetBytesTaken();
        services.publish();
    });
    keepContents(services);
    keepUsageInBatches(services);
}

/// The request for the loader, with what is on the device already, and with the settings of this moment.
Result<LoadRequest> requestFor(EngineServices& services, const LoadWish& wish, ModelRecordPtr record)
{
    LoadRequest request{.model = std::move(record), .wanted = wish.components};
    request.lane = wish.lane;
    request.verification = wish.verification;
    const bool isSharing = services.flags.isOn(Feature::ShareContents);
    request.sharing = isSharing ? ContentSharing::EqualContents : ContentSharing::None;
    if (!wish.lane)
        return request;
    return services.executor.invoke([&]() -> Result<LoadRequest> {
        const EngineTables& tables = services.tables;
        const auto precision = precisionFor(services.flags, tables, wish.model, wish.precision);
        if (!precision)
            return fail(precision.error());
        request.precision = *precision;
        request.present = tables.residency.componentsOf(
            wish.lane->device().description().id, request.model->id, request.model->identity());
        return std::move(request);
    });
}

/// What of the flagged paths a load that succeeded has gone through. Sharing can fail on devices only.
void noteSuccesses(EngineServices& services, const ModelLoad& load)
{
    if (load.request.lane && load.request.sharing == ContentSharing::EqualContents)
        services.flags.noteSuccess(Feature::ShareContents);
    if (!load.outcome.conversions.empty())
        services.flags.noteSuccess(Feature::PrecisionConversion);
}

/// One load: an attempt, and where something can help after it has failed, one more.
class Loading {
public:
    Loading(EngineServices& services, const LoadWish& wish, JobContext& job, const OnLoadBegun& begun)
        : m_services(services)
        , m_wish(wish)
        , m_job(job)
        , m_begun(begun)
    {
    }

    Result<ModelLoad> run(ModelClaim& claim);

private:
    enum class Attempt : std::uint8_t { First, Second };
    Result<ModelLoad> attempt(const LoadWish& wish, ModelClaim& claim, Attempt which);
    Result<ModelLoad> carryOut(const LoadWish& wish, ModelClaim& claim, Attempt which);
    LoadEnvironment environment(const LoadRequest& request, ModelClaim& claim, Attempt which);
    void planned(const LoadPreview& preview);
    void taken(const TakenMemory& memory, ModelClaim& claim);
    Error explained(Error error, const LoadWish& wish);
    Result<ModelLoad> recover(Error error, ModelClaim& claim);
    void logRecovery(const Error& error, const std::vector<RecoveryStep>& steps);
    [[nodiscard]] DeviceId device() const { return m_wish.lane ? m_wish.lane->device().description().id : DeviceId{}; }

    EngineServices& m_services;
    const LoadWish& m_wish;
    JobContext& m_job;
    const OnLoadBegun& m_begun;
    FailedLoad m_now; ///< what is known of the attempt, should it fail
    PredictedLoad m_predicted;
    Bytes m_toMove; ///< that was told
};

Result<ModelLoad> Loading::run(ModelClaim& claim)
{
    m_job.beginRepeatable();
    auto load = attempt(m_wish, claim, Attempt::First);
    if (load || m_wish.purpose == LoadPurpose::ReadAhead || !mayRecover(load.error()))
        return load;
    return recover(std::move(load).error(), claim);
}

/// The first attempt has given back all that it had taken.
Result<ModelLoad> Loading::recover(Error error, ModelClaim& claim)
{
    claim.setBytesTaken({});
    m_now.error = error;
    LoadRecovery recovery{m_services, m_wish, m_job};
    const auto wish = recovery.recover(m_now);
    logRecovery(error, recovery.steps());
    if (m_job.isCancelled())
        return fail(ErrorCode::Cancelled, "cancelled after it had failed: " + describe(error),
            {.modelId = m_wish.model, .deviceId = device()});
    if (!wish) {
        error.context.tried = recovery.steps();
        return fail(std::move(error));
    }
    m_job.repeat();
    auto load = attempt(*wish, claim, Attempt::Second);
    if (load)
        load->recovery = LoadRecoveryReport{std::move(error), recovery.steps()};
    else if (load.error().code != ErrorCode::Cancelled)
        load.error().context.tried = recovery.steps();
    return load;
}

void Loading::logRecovery(const Error& error, const std::vector<RecoveryStep>& steps)
{
    const std::string done = steps.empty() ? std::string{"nothing can help"} : describe(steps);
    m_services.log.write(
        LogLevel::Warning, "A load of '" + m_wish.model.text + "' has failed (" + describe(error) + "); done: " + done);
}

/// Wherever there was no memory for a small thing: it ends as where there is none for the weights, and may be helped.
Result<ModelLoad> Loading::attempt(const LoadWish& wish, ModelClaim& claim, Attempt which)
try {
    return carryOut(wish, claim, which);
} catch (const std::bad_alloc&) {
    Error error{ErrorCode::OutOfHostMemory, "the system gave no more memory", {.memoryType = "system"}};
    return fail(explained(std::move(error), wish));
}

Result<ModelLoad> Loading::carryOut(const LoadWish& wish, ModelClaim& claim, Attempt which)
{
    auto record = claim.record();
    if (!record)
        return fail(std::move(record).error());
    const auto request = requestFor(m_services, wish, std::move(*record));
    if (!request)
        return fail(request.error());
    m_now.precision = request->precision;
    auto outcome = loadModel(*request, environment(*request, claim, which), m_job);
    if (wish.lane)
        noteDriverMemory(m_services, wish.lane->device());
    if (!outcome)
        return fail(explained(std::move(outcome).error(), wish));
    m_job.setPhase(JobPhase::Committing);
    const LoadRecord figures{m_services.clock.wallTime(), wish.model, device(), m_predicted, measured(*outcome)};
    ModelLoad load{*request, std::move(*outcome), figures};
    noteSuccesses(m_services, load);
    commit(m_services, load, wish, claim);
    return load;
}

Error Loading::explained(Error error, const LoadWish& wish)
{
    error.context.modelId = wish.model;
    error.context.deviceId = device();
    m_services.flags.noteFailure(error.context.feature, error);
    return error;
}

LoadEnvironment Loading::environment(const LoadRequest& request, ModelClaim& claim, Attempt which)
{
    // What is asked for twice was used once.
    const bool isUse = m_wish.purpose == LoadPurpose::Use && which == Attempt::First;
    LoadEnvironment environment{
        .readers = m_services.readers,
        .cacheMemory = m_services.cacheMemory,
        .clock = m_services.clock,
        .findCached =
            [this, isUse](const ComponentKey& key, const ContentIdentity& identity) {
                return m_services.executor.invoke([&] {
                    RamCache& cache = m_services.tables.cache;
                    return isUse ? cache.use(key, identity) : cache.find(key, identity);
                });
            },
        .knownContents = [this](const InputFile& file) { return contentsOf(m_services, file); },
        .makeRoomInCache =
            [this](Bytes wanted) {
                const bool isAhead = m_wish.purpose == LoadPurpose::ReadAhead;
                const Bytes evicted = isAhead ? Bytes{} : evictFromCache(m_services, wanted);
                m_now.evicted += evicted;
                return evicted;
            },
        .memoryTaken = [this, &claim](const TakenMemory& memory) { taken(memory, claim); },
    };
    if (m_wish.purpose != LoadPurpose::ReadAhead) { // of which no record is kept
        environment.planned = [this, &request](const LoadPlan& plan, std::span<const InputFile> files) {
            planned(previewOf(m_services, request.lane, plan, files));
        };
    }
    return environment;
}

void Loading::planned(const LoadPreview& preview)
{
    m_predicted = {preview.newOnDevice, preview.newInCache, preview.forecast};
    m_now.newOnDevice = preview.newOnDevice;
    m_now.newInCache = preview.newInCache;
}

void Loading::taken(const TakenMemory& memory, ModelClaim& claim)
{
    claim.setBytesTaken(memory);
    m_now.hasTakenMemory = true;
    const Bytes toMove = memory.onDevice + memory.inCache;
    if (m_toMove < toMove) // the second attempt does what the first has done again
        m_begun(toMove - m_toMove);
    m_toMove = std::max(m_toMove, toMove);
}

/// A request that was refused is no load that has failed.
bool hasBegun(const Error& error)
{
    return error.code != ErrorCode::Busy && error.code != ErrorCode::ModelNotFound
        && error.code != ErrorCode::ComponentNotFound && error.code != ErrorCode::FeatureOff;
}

LoadEnd endOf(const Result<ModelLoad>& load)
{
    if (load)
        return LoadEnd::Succeeded;
    return load.error().code == ErrorCode::Cancelled ? LoadEnd::Cancelled : LoadEnd::Failed;
}

LoadEvent eventOf(
    EngineServices& services, const LoadWish& wish, const Result<ModelLoad>& load, std::chrono::duration<double> took)
{
    return {.at = services.clock.wallTime(),
        .model = wish.model,
        .device = wish.lane ? wish.lane->device().description().id : DeviceId{},
        .end = endOf(load),
        .error = load ? ErrorCode::Unknown : load.error().code,
        .took = took,
        .moved = load ? load->outcome.bytesRead + load->outcome.bytesCopied : Bytes{}};
}

} // namespace

std::vector<ErrorCode> cacheLoadErrors()
{
    return {
        ErrorCode::ModelNotFound,
        ErrorCode::ComponentNotFound,
        ErrorCode::ModelUnusable,
        ErrorCode::Busy,
        ErrorCode::Cancelled,
        ErrorCode::NotFound,
        ErrorCode::PermissionDenied,
        ErrorCode::NotRegularFile,
        ErrorCode::IoError,
        ErrorCode::FileChanged,
        ErrorCode::FileTruncated,
        ErrorCode::InvalidFormat,
        ErrorCode::OutOfCacheBudget,
        ErrorCode::OutOfHostMemory,
    };
}

std::vector<ErrorCode> deviceLoadErrors()
{
    std::vector<ErrorCode> errors = cacheLoadErrors();
    errors.insert(errors.end(),
        {ErrorCode::FeatureOff, ErrorCode::DeviceNotFound, ErrorCode::OutOfDeviceMemory, ErrorCode::DeviceError,
            ErrorCode::DeviceLost, ErrorCode::VerificationFailed});
    return errors;
}

Result<ModelLoad> carryOutLoad(
    EngineServices& services, const LoadWish& wish, JobContext& job, const OnLoadBegun& begun)
{
    const Clock::Steady start = services.clock.now();
    auto claim = ModelClaim::make(services, wish.model, wish.lane ? wish.lane->device().description().id : DeviceId{});
    std::optional<LoadLog::Running> running;
    if (services.monitor && claim)
        running.emplace(services.monitor->loads());
    auto load =
        claim ? loadClaimed(services, wish, *claim, job, begun) : Result<ModelLoad>{fail(std::move(claim).error())};
    if (services.monitor && wish.purpose != LoadPurpose::ReadAhead && (load || hasBegun(load.error())))
        services.monitor->loads().add(eventOf(services, wish, load, services.clock.now() - start));
    return load;
}

Result<ModelLoad> loadClaimed(
    EngineServices& services, const LoadWish& wish, ModelClaim& claim, JobContext& job, const OnLoadBegun& begun)
{
    auto load = Loading{services, wish, job, begun}.run(claim);
    if (!load)
        claim.setBytesTaken({}); // all of it was given back
    return load;
}

} // namespace weightroom::engine

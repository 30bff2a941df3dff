// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/model_loading.h"

#include "model_engine/memory/weights_sharing.h"
#include "model_engine/operations/cache_policy.h"
#include "model_engine/operations/content_keeping.h"
#include "model_engine/operations/load_preview.h"
#include "model_engine/operations/usage_keeping.h"

#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

/// Evicts until something is given back: of bytes that others share nothing is, until the last of them goes too.
Bytes makeRoom(EngineServices& services, Bytes wanted)
{
    std::vector<CachedComponentPtr> evicted;
    FreedBytes freed;
    while (freed.bytes() == Bytes{}) {
        const auto more = services.executor.invoke(
            [&] { return services.tables.cache.evict(wanted, evictionRule(services.tables)); });
        if (more.empty())
            break;
        for (const CachedComponentPtr& component : more)
            freed.add(component->weights);
        evicted.insert(evicted.end(), more.begin(), more.end());
    }
    return freed.bytes();
}

LoadEnvironment environmentOf(
    EngineServices& services, LoadPurpose purpose, std::function<void(const TakenMemory&)> memoryTaken)
{
    const bool isUse = purpose == LoadPurpose::Use;
    return {
        .readers = services.readers,
        .cacheMemory = services.cacheMemory,
        .clock = services.clock,
        .findCached =
            [&services, isUse](const ComponentKey& key, const ContentIdentity& identity) {
                return services.executor.invoke([&] {
                    RamCache& cache = services.tables.cache;
                    return isUse ? cache.use(key, identity) : cache.find(key, identity);
                });
            },
        .knownContents = [&services](const InputFile& file) { return contentsOf(services, file); },
        .makeRoomInCache =
            [&services, purpose](
                Bytes wanted) { return purpose == LoadPurpose::ReadAhead ? Bytes{} : makeRoom(services, wanted); },
        .memoryTaken = std::move(memoryTaken),
    };
}

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
        services.tables.loadRates.note(load.record.device, workOf(outcome), durationsOf(outcome));
        if (wish.purpose == LoadPurpose::Use)
            noteUses(services, outcome);
        if (isAhead)
            notePrefetch(services, outcome);
        else
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
    const DeviceId device = wish.lane ? wish.lane->device().description().id : DeviceId{};
    auto claim = ModelClaim::make(services, wish.model, device);
    if (!claim)
        return fail(std::move(claim).error());
    auto record = claim->record();
    if (!record)
        return fail(std::move(record).error());
    const auto request = requestFor(services, wish, std::move(*record));
    if (!request)
        return fail(request.error());
    const auto memoryTaken = [&](const TakenMemory& taken) {
        claim->setBytesTaken(taken);
        begun(taken.onDevice + taken.inCache);
    };
    LoadEnvironment environment = environmentOf(services, wish.purpose, memoryTaken);
    PredictedLoad predicted;
    if (wish.purpose != LoadPurpose::ReadAhead) { // of which no record is kept
        environment.planned = [&](const LoadPlan& plan, std::span<const InputFile> files) {
            const LoadPreview preview = previewOf(services, wish.lane, plan, files);
            predicted = {preview.newOnDevice, preview.newInCache, preview.forecast};
        };
    }
    auto outcome = loadModel(*request, environment, job);
    if (wish.lane)
        noteDriverMemory(services, wish.lane->device());
    if (!outcome) {
        Error error = std::move(outcome).error();
        error.context.modelId = wish.model;
        error.context.deviceId = device;
        services.flags.noteFailure(error.context.feature, error);
        return fail(std::move(error));
    }
    job.setPhase(JobPhase::Committing);
    const LoadRecord figures{services.clock.wallTime(), wish.model, device, predicted, measured(*outcome)};
    ModelLoad load{*request, std::move(*outcome), figures};
    noteSuccesses(services, load);
    commit(services, load, wish, *claim);
    return load;
}

} // namespace weightroom::engine

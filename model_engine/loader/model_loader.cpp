// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/model_loader.h"

#include "model_engine/formats/model_files.h"
#include "model_engine/loader/staged_component.h"

#include <algorithm>
#include <optional>

namespace weightroom::engine {
namespace {

/// Measures one phase.
class Stopwatch {
public:
    Stopwatch(const Clock& clock, LoadTimes::Seconds& into)
        : m_clock(clock)
        , m_into(into)
        , m_begin(clock.now())
    {
    }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() { m_into += m_clock.now() - m_begin; }

private:
    const Clock& m_clock;
    LoadTimes::Seconds& m_into;
    const Clock::Steady m_begin;
};

/// One load, from the open file to the staged outcome. The order of the members is the order of the rollback,
/// backwards: copies end first, then the places on both sides are given back, then the file is closed.
class Load {
public:
    Load(const LoadRequest& request, const LoadEnvironment& environment, JobContext& job)
        : m_request(request)
        , m_environment(environment)
        , m_job(job)
    {
    }

    Result<LoadOutcome> run();

private:
    Result<> plan();
    Result<> openFiles();
    Result<TensorIndex> readHeaders() const;
    void stage();
    Result<> allocate();
    Result<> allocateOnDevice();
    Result<> allocateInCache();
    Result<std::vector<Allocation>> cachePlaces(std::span<const Bytes> sizes);
    Result<> carryOut();
    Result<> readBatch(std::span<StagedComponent> batch);
    Result<> gatherViews(std::span<const StagedComponent> batch);
    Result<> readPieces(const InputFile& file, std::vector<ReadPiece> pieces, const DestinationMap& destinations);
    Result<> verify();
    [[nodiscard]] LoadTimes::Seconds readingTimeOf(const StagedComponent& component) const;
    LoadOutcome outcome();
    [[nodiscard]] bool isToDevice() const { return m_request.lane != nullptr; }
    [[nodiscard]] Bytes bytesToRead() const;

    const LoadRequest& m_request;
    const LoadEnvironment& m_environment;
    JobContext& m_job;
    LoadOutcome m_outcome;
    std::vector<InputFile> m_files; ///< in the order of the model's files
    LoadPlan m_plan;
    std::vector<StagedComponent> m_staged; ///< in the order of the plan's batches
    std::vector<std::size_t> m_batchEnds; ///< in m_staged
    std::optional<Transfer> m_transfer;
};

Result<LoadOutcome> Load::run()
{
    const auto begin = m_environment.clock.now();
    m_job.setPhase(JobPhase::Planning);
    for (const auto step : {&Load::plan, &Load::allocate, &Load::carryOut, &Load::verify}) {
        if (m_job.isCancelled())
            return fail(ErrorCode::Cancelled, "the load was cancelled");
        if (auto done = (this->*step)(); !done)
            return fail(std::move(done).error());
    }
    m_outcome.times.total = m_environment.clock.now() - begin;
    return outcome();
}

Result<> Load::plan()
{
    const Stopwatch time{m_environment.clock, m_outcome.times.planning};
    if (auto opened = openFiles(); !opened)
        return opened;
    auto index = readHeaders();
    if (!index)
        return fail(std::move(index).error());
    auto planned = planLoad(m_request.model, *index, m_request.wanted, m_request.present);
    if (!planned)
        return fail(std::move(planned).error());
    m_plan = std::move(*planned);
    stage();
    return {};
}

Result<> Load::openFiles()
{
    for (const ModelFile& known : m_request.model->files) {
        auto file = InputFile::open(known.path);
        if (!file)
            return fail(std::move(file).error());
        if (file->identity() != known.identity) {
            return fail(ErrorCode::FileChanged, "'" + known.path.string() + "' was changed since the last scan",
                {.modelId = m_request.model->id, .path = known.path.string()});
        }
        m_files.push_back(std::move(*file));
    }
    return {};
}

Result<TensorIndex> Load::readHeaders() const
{
    const std::vector<FileSource> sources(m_files.begin(), m_files.end());
    std::vector<ModelSource> named;
    for (std::size_t i = 0; i < sources.size(); ++i)
        named.push_back({sources[i], m_request.model->files[i].namePrefix});
    return readModelFiles(named);
}

void Load::stage()
{
    const ContentIdentity identity = m_request.model->identity();
    for (PlannedBatch& batch : m_plan.batches) {
        for (PlannedComponent& component : batch.components) {
            const ComponentKey key{m_request.model->id, component.record.id};
            m_staged.emplace_back(std::move(component), m_environment.findCached(key, identity));
        }
        m_batchEnds.push_back(m_staged.size());
    }
}

Result<> Load::allocate()
{
    const Stopwatch time{m_environment.clock, m_outcome.times.allocating};
    m_job.setPhase(JobPhase::TakingMemory);
    // The device first: it is the scarcer of the two, and its refusal should not have emptied the cache.
    if (auto onDevice = allocateOnDevice(); !onDevice)
        return onDevice;
    if (auto inCache = allocateInCache(); !inCache)
        return inCache;
    const Bytes bytesToCopy = isToDevice() ? m_plan.size : Bytes{};
    m_job.setTotal((bytesToRead() + bytesToCopy).value);
    m_environment.memoryTaken({.onDevice = bytesToCopy, .inCache = bytesToRead()});
    return {};
}

Result<> Load::allocateOnDevice()
{
    if (!isToDevice())
        return {};
    std::vector<Bytes> sizes;
    for (const StagedComponent& component : m_staged)
        component.appendSizes(sizes);
    Device& device = m_request.lane->device();
    auto places = device.arena().allocate(sizes, m_job.stopToken());
    if (!places) {
        Error error = std::move(places).error();
        error.context.deviceId = device.description().id;
        return fail(std::move(error));
    }
    std::span<Allocation> rest{*places};
    for (StagedComponent& component : m_staged)
        rest = component.takeDevicePlaces(rest);
    return {};
}

Result<> Load::allocateInCache()
{
    std::vector<Bytes> sizes;
    for (const StagedComponent& component : m_staged) {
        if (!component.isCached())
            component.appendSizes(sizes);
    }
    auto places = cachePlaces(sizes);
    if (!places)
        return fail(std::move(places).error());
    std::span<Allocation> rest{*places};
    for (StagedComponent& component : m_staged) {
        if (!component.isCached())
            rest = component.takeCachePlaces(rest);
    }
    return {};
}

/// Takes places in the cache. When the budget is short, evicts what was used least recently (E3), until the places fit
/// or nothing more can be evicted: once may not be enough, because a slab is given back only when nothing lies in it.
Result<std::vector<Allocation>> Load::cachePlaces(std::span<const Bytes> sizes)
{
    Arena& arena = m_environment.cacheMemory.arena();
    while (true) {
        auto places = arena.allocate(sizes, m_job.stopToken());
        if (places || places.error().code != ErrorCode::OutOfCacheBudget)
            return places;
        const Bytes required = places.error().context.required.value_or(Bytes{});
        if (required > arena.statistics().capacity)
            return places; // not even an empty cache would hold it: evicting would help nobody
        const Bytes available = places.error().context.available.value_or(Bytes{});
        const Bytes evicted = m_environment.makeRoomInCache(required - std::min(required, available));
        if (evicted == Bytes{})
            return places;
        m_outcome.evicted += evicted;
    }
}

Bytes Load::bytesToRead() const
{
    Bytes sum;
    for (const StagedComponent& component : m_staged)
        sum += component.isCached() ? Bytes{} : component.size();
    return sum;
}

Result<> Load::carryOut()
{
    if (isToDevice())
        m_transfer.emplace(*m_request.lane, m_job.stopToken(), [this](Bytes copied) { m_job.advance(copied.value); });
    m_job.setPhase(bytesToRead() > Bytes{} ? JobPhase::Reading : JobPhase::Copying);
    std::size_t begin = 0;
    for (const std::size_t end : m_batchEnds) {
        if (auto read = readBatch(std::span{m_staged}.subspan(begin, end - begin)); !read)
            return read;
        begin = end;
    }
    if (isToDevice()) {
        m_outcome.bytesCopied = m_plan.size;
        m_outcome.times.copying = m_transfer->busyTime();
    }
    m_outcome.bytesRead = bytesToRead();
    return {};
}

/// Reads what is not cached and copies each run of bytes as soon as it is there; copies what is cached meanwhile.
Result<> Load::readBatch(std::span<StagedComponent> batch)
{
    std::vector<std::vector<ReadPiece>> piecesOfFiles(m_files.size());
    DestinationMap destinations;
    for (StagedComponent& component : batch) {
        if (component.isCached()) {
            for (const CopyStep& step : component.copySteps()) {
                if (m_transfer)
                    m_transfer->push(step);
            }
        } else {
            component.appendPieces(piecesOfFiles, destinations);
        }
    }
    destinations.sort();
    for (std::size_t i = 0; i < m_files.size(); ++i) {
        if (auto read = readPieces(m_files[i], std::move(piecesOfFiles[i]), destinations); !read)
            return read;
    }
    if (auto gathered = gatherViews(batch); !gathered)
        return gathered;
    m_job.setPhase(JobPhase::Copying);
    return m_transfer ? m_transfer->finish() : Result<>{};
}

/// Strided views of torch archives are few and small: one thread reads them, and they are copied like all others.
Result<> Load::gatherViews(std::span<const StagedComponent> batch)
{
    const Stopwatch time{m_environment.clock, m_outcome.times.reading};
    for (const StagedComponent& component : batch) {
        if (component.isCached())
            continue;
        const auto onGathered = [this](const CopyStep& step) {
            m_job.advance(step.source.size());
            if (m_transfer)
                m_transfer->push(step);
        };
        if (auto gathered = component.gatherViews(m_files, m_job.stopToken(), onGathered); !gathered)
            return gathered;
    }
    return {};
}

Result<> Load::readPieces(const InputFile& file, std::vector<ReadPiece> pieces, const DestinationMap& destinations)
{
    if (pieces.empty())
        return {};
    const Stopwatch time{m_environment.clock, m_outcome.times.reading};
    const auto onRead = [&](const ReadPiece& piece) {
        m_job.advance(piece.destination.size());
        if (m_transfer)
            m_transfer->push({piece.destination, destinations.addressOf(piece.destination.data())});
    };
    auto read = m_environment.readers.read(file, std::move(pieces), m_job.stopToken(), onRead);
    if (!read)
        return fail(std::move(read).error());
    m_outcome.readStatistics += *read;
    return {};
}

/// C9: what lies on the device is read back and compared with what was read from the file.
Result<> Load::verify()
{
    if (!isToDevice() || m_request.verification == Verification::None)
        return {};
    const Stopwatch time{m_environment.clock, m_outcome.times.verifying};
    m_job.setPhase(JobPhase::Verifying);
    return m_transfer->run([this](Device& device) -> Result<> {
        for (const StagedComponent& component : m_staged) {
            if (auto same = component.compareWithDevice(device, m_job.stopToken()); !same)
                return same;
        }
        return {};
    });
}

/// The part that its bytes have in the time of the whole load.
LoadTimes::Seconds Load::readingTimeOf(const StagedComponent& component) const
{
    if (m_outcome.bytesRead == Bytes{})
        return {};
    const auto all = static_cast<double>(m_outcome.bytesRead.value);
    return m_outcome.times.reading * (static_cast<double>(component.size().value) / all);
}

LoadOutcome Load::outcome()
{
    m_transfer.reset(); // every copy has ended: from here on the outcome owns the memory
    for (StagedComponent& component : m_staged) {
        if (component.isCached())
            m_outcome.fromCache.insert(component.id());
        if (isToDevice())
            m_outcome.loaded.push_back(component.takeLoaded(*m_request.model));
        m_outcome.cached.push_back(component.takeCached(*m_request.model, readingTimeOf(component)));
    }
    return std::move(m_outcome);
}

} // namespace

Result<LoadOutcome> loadModel(const LoadRequest& request, const LoadEnvironment& environment, JobContext& job)
{
    return Load{request, environment, job}.run();
}

} // namespace weightroom::engine

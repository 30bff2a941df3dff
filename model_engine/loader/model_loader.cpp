// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/model_loader.h"

#include "model_engine/loader/contents/load_sharing.h"
#include "model_engine/loader/load_stopwatch.h"
#include "model_engine/loader/plan/load_memory.h"
#include "model_engine/loader/plan/model_planning.h"
#include "model_engine/loader/staged_component.h"
#include "model_engine/loader/tensor_arrivals.h"

#include <algorithm>
#include <optional>

namespace weightroom::engine {
namespace {

/// One load, from the open file to the staged outcome. The order of the members is the order of the rollback,
/// backwards: copies end first, then the places on both sides are given back, then the file is closed.
class Load {
public:
    Load(const LoadRequest& request, const LoadEnvironment& environment, JobContext& job)
        : m_request(request)
        , m_environment(environment)
        , m_job(job)
        , m_cacheSharing(environment.cacheMemory.contents(), environment.fold)
        , m_memory(request.sharing)
    {
        if (!isToDevice())
            return;
        const auto onCopied = [this](Bytes copied) { m_job.advance(copied.value); };
        m_transfer.emplace(*m_request.lane, m_job.stopToken(), onCopied);
        m_deviceSharing.emplace(*m_transfer, m_request.lane->device(), m_job.stopToken());
    }

    Result<LoadOutcome> run();

private:
    Result<> plan();
    Result<> stage(LoadPlan plan);
    Result<> findOnDevice();
    Result<> allocate();
    Bytes makeRoomInCache(Bytes wanted);
    Result<> carryOut();
    Result<> readBatch(std::span<StagedComponent> batch);
    Result<> gatherViews(std::span<const StagedComponent> batch, TensorArrivals& arrivals);
    Result<> readPieces(const InputFile& file, std::vector<ReadPiece> pieces, TensorArrivals& arrivals);
    void arrived(std::span<const std::byte> bytes, TensorArrivals& arrivals);
    void completed(StagedTensor& tensor);
    void pushCopy(StagedTensor& tensor);
    void pushConversion(StagedTensor& tensor);
    Result<> shareInCache();
    Result<> verify();
    Result<> shareOnDevice();
    [[nodiscard]] LoadTimes::Seconds readingTimeOf(const StagedComponent& component) const;
    LoadOutcome outcome();
    void learn(const StagedTensor& tensor);
    [[nodiscard]] bool isToDevice() const { return m_request.lane != nullptr; }
    [[nodiscard]] bool isSharing() const { return m_request.sharing == ContentSharing::EqualContents; }
    /// Calls `work` for each tensor until one fails or the load is cancelled.
    template <class Work>
    Result<> forEachTensor(Work work);

    const LoadRequest& m_request;
    const LoadEnvironment& m_environment;
    JobContext& m_job;
    const CacheSharing m_cacheSharing;
    LoadOutcome m_outcome;
    std::vector<InputFile> m_files; ///< in the order of the model's files
    std::vector<StagedComponent> m_staged; ///< in the order of the plan's batches
    std::vector<std::size_t> m_batchEnds; ///< in m_staged
    LoadMemory m_memory;
    std::optional<Transfer> m_transfer;
    std::optional<DeviceSharing> m_deviceSharing;
};

Result<LoadOutcome> Load::run()
{
    const auto begin = m_environment.clock.now();
    m_job.setPhase(JobPhase::Planning);
    for (const auto step : {&Load::plan, &Load::findOnDevice, &Load::allocate, &Load::carryOut, &Load::shareInCache,
             &Load::verify, &Load::shareOnDevice}) {
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
    const LoadStopwatch time{m_environment.clock, m_outcome.times.planning};
    auto files = openModelFiles(*m_request.model);
    if (!files)
        return fail(std::move(files).error());
    m_files = std::move(*files);
    auto index = readModelIndex(*m_request.model, m_files);
    if (!index)
        return fail(std::move(index).error());
    const PrecisionRequest precision = isToDevice() ? m_request.precision : kAsStored;
    auto planned = planLoad(m_request.model, *index, {m_request.wanted, m_request.present, precision});
    if (!planned)
        return fail(std::move(planned).error());
    if (m_environment.planned)
        m_environment.planned(*planned, m_files);
    return stage(std::move(*planned));
}

template <class Work>
Result<> Load::forEachTensor(Work work)
{
    for (StagedComponent& component : m_staged) {
        for (StagedTensor& tensor : component.tensors()) {
            if (m_job.isCancelled())
                return fail(ErrorCode::Cancelled, "the load was cancelled");
            if (auto done = work(component, tensor); !done)
                return done;
        }
    }
    return {};
}

/// What is in RAM already is found here: whole components of the cache, and single tensors under other names.
Result<> Load::stage(LoadPlan plan)
{
    m_outcome.present = std::move(plan.present);
    const ContentIdentity identity = m_request.model->identity();
    std::vector<KnownContents::OfFile> known;
    for (const InputFile& file : m_files)
        known.push_back(isSharing() ? m_environment.knownContents(file) : KnownContents::OfFile{});
    for (PlannedBatch& batch : plan.batches) {
        for (PlannedComponent& component : batch.components) {
            const ComponentKey key{m_request.model->id, component.record.id};
            auto staged = StagedComponent::stage(std::move(component), m_environment.findCached(key, identity));
            if (!staged)
                return fail(std::move(staged).error());
            m_staged.push_back(std::move(*staged));
            if (m_staged.back().isCached())
                continue;
            for (StagedTensor& tensor : m_staged.back().tensors()) {
                const KnownContents::OfFile& contents = known[tensor.entry.file];
                if (tensor.ordinal < contents.size())
                    m_cacheSharing.takeKnown(tensor, contents[tensor.ordinal]);
            }
        }
        m_batchEnds.push_back(m_staged.size());
    }
    return {};
}

/// What is on the device already needs no memory there: it is found before any is taken.
Result<> Load::findOnDevice()
{
    if (!isToDevice() || !isSharing())
        return {};
    const LoadStopwatch time{m_environment.clock, m_outcome.times.sharing};
    return forEachTensor([this](StagedComponent&, StagedTensor& tensor) { return m_deviceSharing->find(tensor); });
}

Result<> Load::allocate()
{
    const LoadStopwatch time{m_environment.clock, m_outcome.times.allocating};
    m_job.setPhase(JobPhase::TakingMemory);
    // The device first: it is the scarcer of the two, and its refusal should not have emptied the cache.
    if (isToDevice()) {
        auto onDevice = m_memory.takeOnDevice(m_staged, m_request.lane->device(), m_job.stopToken());
        if (!onDevice)
            return fail(std::move(onDevice).error());
        m_outcome.bytesCopied = *onDevice;
    }
    const auto makeRoom = [this](Bytes wanted) { return makeRoomInCache(wanted); };
    auto inCache = m_memory.takeInCache(m_staged, m_environment.cacheMemory.arena(), makeRoom, m_job.stopToken());
    if (!inCache)
        return fail(std::move(inCache).error());
    m_outcome.bytesRead = *inCache;
    m_environment.memoryTaken({.onDevice = m_outcome.bytesCopied, .inCache = m_outcome.bytesRead});
    return {};
}

Bytes Load::makeRoomInCache(Bytes wanted)
{
    const Bytes evicted = m_environment.makeRoomInCache(wanted);
    m_outcome.evicted += evicted;
    return evicted;
}

Result<> Load::carryOut()
{
    m_job.setPhase(m_outcome.bytesRead > Bytes{} ? JobPhase::Reading : JobPhase::Copying);
    const auto busyBefore = isToDevice() ? m_transfer->busyTime() : LoadTimes::Seconds{};
    std::size_t begin = 0;
    for (const std::size_t end : m_batchEnds) {
        if (auto read = readBatch(std::span{m_staged}.subspan(begin, end - begin)); !read)
            return read;
        begin = end;
    }
    if (isToDevice()) {
        m_outcome.times.copying = m_transfer->busyTime() - busyBefore;
        m_outcome.times.converting = m_transfer->convertingTime();
    }
    return {};
}

/// Reads what is not in RAM and copies each run of bytes as soon as it is there; copies what is in RAM meanwhile.
Result<> Load::readBatch(std::span<StagedComponent> batch)
{
    std::vector<std::vector<ReadPiece>> piecesOfFiles(m_files.size());
    TensorArrivals arrivals{[this](StagedTensor& tensor) { completed(tensor); }};
    for (StagedComponent& component : batch) {
        component.appendPieces(piecesOfFiles);
        for (StagedTensor& tensor : component.tensors()) {
            if (tensor.isRead)
                arrivals.add(tensor);
            else if (tensor.isCopied)
                pushCopy(tensor);
        }
    }
    arrivals.begin();
    for (std::size_t i = 0; i < m_files.size(); ++i) {
        if (auto read = readPieces(m_files[i], std::move(piecesOfFiles[i]), arrivals); !read)
            return read;
    }
    if (auto gathered = gatherViews(batch, arrivals); !gathered)
        return gathered;
    m_job.setPhase(JobPhase::Copying);
    return m_transfer ? m_transfer->finish() : Result<>{};
}

/// On the thread that read the bytes. The copy to the device first: it goes on while the tensor is hashed.
void Load::arrived(std::span<const std::byte> bytes, TensorArrivals& arrivals)
{
    m_job.advance(bytes.size());
    if (m_transfer) {
        const StagedTensor& tensor = arrivals.tensorAt(bytes.data());
        const auto offset = static_cast<std::uint64_t>(bytes.data() - tensor.bytes().data());
        if (!tensor.conversion)
            m_transfer->push(CopyStep{bytes, tensor.onDevice->address() + offset});
    }
    arrivals.arrived(bytes);
}

/// On the thread that read the last bytes. What is converted waits for them: a block of elements may have come in
/// parts.
void Load::completed(StagedTensor& tensor)
{
    if (tensor.conversion)
        pushConversion(tensor);
    if (isSharing())
        m_cacheSharing.complete(tensor);
}

void Load::pushCopy(StagedTensor& tensor)
{
    if (tensor.conversion)
        pushConversion(tensor);
    else
        m_transfer->push(CopyStep{tensor.bytes(), tensor.onDevice->address()});
}

void Load::pushConversion(StagedTensor& tensor)
{
    if (isSharing())
        tensor.converted.hasher.emplace(m_environment.fold);
    m_transfer->push(
        ConversionStep{tensor.bytes(), tensor.onDevice->address(), &*tensor.conversion, &tensor.converted});
}

/// Strided views of torch archives are few and small: one thread reads them, and they are copied like all others.
Result<> Load::gatherViews(std::span<const StagedComponent> batch, TensorArrivals& arrivals)
{
    const LoadStopwatch time{m_environment.clock, m_outcome.times.reading};
    for (const StagedComponent& component : batch) {
        const auto onGathered = [&](std::span<const std::byte> bytes) { arrived(bytes, arrivals); };
        if (auto gathered = component.gatherViews(m_files, m_environment.cacheMemory, m_job.stopToken(), onGathered);
            !gathered)
            return gathered;
    }
    return {};
}

Result<> Load::readPieces(const InputFile& file, std::vector<ReadPiece> pieces, TensorArrivals& arrivals)
{
    if (pieces.empty())
        return {};
    const LoadStopwatch time{m_environment.clock, m_outcome.times.reading};
    const auto onRead = [&](const ReadPiece& piece) { arrived(piece.destination, arrivals); };
    auto read = m_environment.readers.read(file, std::move(pieces), m_job.stopToken(), onRead);
    if (!read)
        return fail(std::move(read).error());
    m_outcome.readStatistics += *read;
    return {};
}

/// Nothing copies from the places any more: those that turned out to be second ones are given back, and others may find
/// the rest.
Result<> Load::shareInCache()
{
    if (!isSharing())
        return {};
    const LoadStopwatch time{m_environment.clock, m_outcome.times.sharing};
    return forEachTensor([this](const StagedComponent& component, StagedTensor& tensor) -> Result<> {
        const PlacedContent* const place = tensor.inCache.get();
        if (tensor.isRead) {
            if (auto shared = m_cacheSharing.share(tensor); !shared)
                return shared;
        }
        if (!component.isCached() && (!tensor.isRead || tensor.inCache.get() != place))
            m_outcome.savedInCache += tensor.size();
        learn(tensor);
        return {};
    });
}

void Load::learn(const StagedTensor& tensor)
{
    const ContentLabel* label = tensor.inCache->label();
    if (!label)
        return;
    const InputFile& file = m_files[tensor.entry.file];
    LearnedContents& learned = m_outcome.learned[file.identity()];
    learned.path = file.path();
    if (learned.contents.size() <= tensor.ordinal)
        learned.contents.resize(tensor.ordinal + 1);
    learned.contents[tensor.ordinal] = *label;
}

/// C9: what lies on the device is read back and compared with what was read from the file.
Result<> Load::verify()
{
    if (!isToDevice() || m_request.verification == Verification::None)
        return {};
    const LoadStopwatch time{m_environment.clock, m_outcome.times.verifying};
    m_job.setPhase(JobPhase::Verifying);
    return m_transfer->run([this](Device& device) -> Result<> {
        for (const StagedComponent& component : m_staged) {
            if (auto same = component.compareWithDevice(device, m_job.stopToken()); !same)
                return same;
        }
        return {};
    });
}

/// After the verification: what others find is what lies there.
Result<> Load::shareOnDevice()
{
    if (!isToDevice() || !isSharing())
        return {};
    const LoadStopwatch time{m_environment.clock, m_outcome.times.sharing};
    return forEachTensor([this](const StagedComponent&, StagedTensor& tensor) -> Result<> {
        const PlacedContent* const place = tensor.onDevice.get();
        if (tensor.isCopied) {
            if (auto shared = m_deviceSharing->share(tensor); !shared)
                return shared;
        } else if (const StagedTensor* copied = m_memory.copiedFor(tensor)) {
            tensor.onDevice = copied->onDevice;
            tensor.converted.loss = copied->converted.loss;
        }
        if (!tensor.isCopied || tensor.onDevice.get() != place)
            m_outcome.savedOnDevice += tensor.sizeOnDevice();
        return {};
    });
}

/// The part that its bytes have in the time of the whole load; those that were there already took none.
LoadTimes::Seconds Load::readingTimeOf(const StagedComponent& component) const
{
    if (m_outcome.bytesRead == Bytes{})
        return {};
    const auto all = static_cast<double>(m_outcome.bytesRead.value);
    return m_outcome.times.reading * std::min(1.0, static_cast<double>(component.size().value) / all);
}

LoadOutcome Load::outcome()
{
    m_deviceSharing.reset();
    m_transfer.reset(); // every copy has ended: from here on the outcome owns the memory
    for (const StagedComponent& component : m_staged) {
        if (component.isCached())
            m_outcome.fromCache.insert(component.id());
        if (isToDevice()) {
            m_outcome.loaded.push_back(component.loaded(*m_request.model, m_request.precision));
            if (const auto& conversion = m_outcome.loaded.back()->conversion)
                m_outcome.conversions.push_back(*conversion);
        }
        m_outcome.cached.push_back(component.cached(*m_request.model, readingTimeOf(component)));
    }
    return std::move(m_outcome);
}

} // namespace

Result<LoadOutcome> loadModel(const LoadRequest& request, const LoadEnvironment& environment, JobContext& job)
{
    return Load{request, environment, job}.run();
}

} // namespace weightroom::engine

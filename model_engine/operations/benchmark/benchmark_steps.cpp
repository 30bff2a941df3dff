// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_steps.h"

#include "model_engine/operations/loading/model_unloading.h"
#include "model_engine/sharing/lease.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

template <class Components>
Bytes sizeOf(const Components& components)
{
    Bytes size;
    for (const auto& component : components)
        size += component->weights.size;
    return size;
}

Bytes convertedBytes(const LoadOutcome& outcome)
{
    Bytes size;
    for (const ComponentConversion& conversion : outcome.conversions)
        size += conversion.stored;
    return size;
}

} // namespace

std::uint64_t stepsPerIteration(const BenchmarkRequest& request)
{
    const bool isCaching = request.settings.temperature != BenchmarkTemperature::RamCache;
    // Into the cache; onto the device, shared, unloaded; the whole; and the peer.
    return (isCaching ? 1U : 0U) + (request.lane ? 3U : 0U) + 1U + (request.settings.asksPeer ? 1U : 0U);
}

Result<> BenchmarkSteps::run(std::uint32_t iteration)
{
    m_iteration = iteration;
    // First, so that an iteration ends with a load of ours on the device.
    if (auto asked = m_request.settings.asksPeer ? askPeer() : Result<>{}; !asked)
        return asked;
    if (auto ready = bringToTemperature(); !ready)
        return ready;
    if (auto measured = measureStages(); !measured)
        return measured;
    if (auto ready = bringToTemperature(); !ready)
        return ready;
    return measureWhole();
}

/// The model is neither on the device nor in the cache then. Memory that was made ready for our loads stays.
Result<> BenchmarkSteps::askPeer()
{
    if (auto off = clearDevice(); !off)
        return off;
    takeOutOfCache(m_services, m_subject.record->id);
    if (!m_peer)
        m_peer.emplace(BenchmarkPeer::Subject{.record = m_subject.record,
            .device = m_request.lane ? m_request.lane->device().description() : DeviceDescription{},
            .temperature = m_request.settings.temperature});
    if (auto asked = m_peer->load(m_slowestWhole, m_job.stopToken()); !asked)
        return asked;
    if (m_peer->result())
        m_running.setPeer(m_subject.number, m_peer->result(), std::nullopt); // a problem is told in the end
    stepDone();
    return {};
}

Result<> BenchmarkSteps::clearDevice()
{
    if (auto wanted = expectWanted(); !wanted)
        return wanted;
    return m_request.lane ? takeOffDevice(m_services, m_subject.record->id, *m_request.lane) : Result<>{};
}

Result<> BenchmarkSteps::bringToTemperature()
{
    if (auto off = clearDevice(); !off)
        return off;
    const ModelId& model = m_subject.record->id;
    if (m_request.settings.temperature != BenchmarkTemperature::RamCache) {
        takeOutOfCache(m_services, model);
        return bringFilesToTemperature(*m_subject.record, m_request.settings.temperature, m_job.stopToken());
    }
    auto cached = load(nullptr);
    return cached ? Result<>{} : Result<>{fail(std::move(cached).error())};
}

Result<> BenchmarkSteps::measureStages()
{
    if (m_request.settings.temperature != BenchmarkTemperature::RamCache) {
        if (auto measured = measureCaching(); !measured)
            return measured;
    }
    return m_request.lane ? measureCopying() : Result<>{};
}

Result<> BenchmarkSteps::measureCaching()
{
    const auto cached = load(nullptr);
    if (!cached)
        return fail(cached.error());
    const LoadOutcome& outcome = cached->load.outcome;
    if (outcome.bytesRead > Bytes{})
        add(BenchmarkStage::Disk, outcome.times.reading.count(), outcome.bytesRead);
    add(BenchmarkStage::Cache, cached->seconds, outcome.bytesRead);
    stepDone();
    return {};
}

Result<> BenchmarkSteps::measureCopying()
{
    Bytes loaded;
    {
        const auto copied = load(m_request.lane);
        if (!copied)
            return fail(copied.error());
        const LoadOutcome& outcome = copied->load.outcome;
        add(BenchmarkStage::Copy, outcome.times.copying.count(), outcome.bytesCopied);
        if (!outcome.conversions.empty())
            add(BenchmarkStage::Convert, outcome.times.converting.count(), convertedBytes(outcome));
        loaded = sizeOf(outcome.loaded);
    } // the table alone has it: unloading gives the memory back
    stepDone();
    if (auto shared = measureSharing(); !shared)
        return shared;
    stepDone();
    if (auto unloaded = measureUnloading(loaded); !unloaded)
        return unloaded;
    stepDone();
    return {};
}

/// What the engine does for a program that attaches, without the program: from looking up what is loaded until the
/// descriptors of its memory are there. They are handed to nobody.
Result<> BenchmarkSteps::measureSharing()
{
    if (!m_services.flags.isOn(Feature::ShareWithProcesses))
        return {};
    const ModelId& model = m_subject.record->id;
    const DeviceId device = m_request.lane->device().description().id;
    const Clock::Steady begin = m_services.clock.now();
    auto components = loadedComponents(m_services, device, model);
    const auto lease = Lease::make({.device = device, .model = model}, std::move(components));
    const double seconds = secondsSince(begin);
    if (!lease && lease.error().code == ErrorCode::Unsupported)
        return {}; // this device lends nothing
    if (!lease)
        return fail(lease.error());
    add(BenchmarkStage::Share, seconds, (*lease)->size());
    return {};
}

Result<> BenchmarkSteps::measureUnloading(Bytes loaded)
{
    const Clock::Steady begin = m_services.clock.now();
    if (auto off = takeOffDevice(m_services, m_subject.record->id, *m_request.lane); !off)
        return off;
    add(BenchmarkStage::Unload, secondsSince(begin), loaded);
    return {};
}

Result<> BenchmarkSteps::measureWhole()
{
    const auto verification = m_request.settings.verifies ? Verification::ReadBack : Verification::None;
    const auto whole = load(m_request.lane, m_request.lane ? verification : Verification::None);
    if (!whole)
        return fail(whole.error());
    m_slowestWhole = std::max(m_slowestWhole, whole->seconds);
    const LoadOutcome& outcome = whole->load.outcome;
    add(BenchmarkStage::Whole, whole->seconds, m_request.lane ? sizeOf(outcome.loaded) : sizeOf(outcome.cached));
    stepDone();
    return {};
}

Result<BenchmarkSteps::Timed> BenchmarkSteps::load(TransferLane* lane, Verification verification)
{
    const PrecisionRequest& precision = m_request.settings.precision;
    const LoadWish wish{.model = m_subject.record->id,
        .lane = lane,
        .components = m_request.components,
        .verification = verification,
        .precision = {.level = precision.level, .precision = precision.precision},
        .purpose = LoadPurpose::Benchmark};
    // Its progress is in bytes, that of the run in steps.
    auto unseen = JobContext::unseen(m_job.stopToken());
    const Clock::Steady begin = m_services.clock.now();
    auto loaded = loadClaimed(m_services, wish, m_subject.claim, unseen, [](Bytes) {});
    const double seconds = secondsSince(begin);
    if (!loaded)
        return fail(std::move(loaded).error());
    if (loaded->recovery) // two loads, and what was done between them, are no measurement of one
        return fail(loaded->recovery->failure);
    return Timed{std::move(*loaded), seconds};
}

Result<> BenchmarkSteps::expectWanted() const
{
    if (m_job.isCancelled())
        return fail(ErrorCode::Cancelled, "the benchmark was cancelled", {.modelId = m_subject.record->id});
    return {};
}

double BenchmarkSteps::secondsSince(Clock::Steady begin) const
{
    return std::chrono::duration<double>(m_services.clock.now() - begin).count();
}

void BenchmarkSteps::add(BenchmarkStage stage, double seconds, Bytes bytes)
{
    m_running.add(m_subject.number, stage, {.iteration = m_iteration, .seconds = seconds, .bytes = bytes});
}

void BenchmarkSteps::stepDone()
{
    ++m_done;
    m_running.stepsDone(1);
    m_job.advance(1);
}

} // namespace weightroom::engine

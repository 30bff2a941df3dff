// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/selftest/compaction_check.h"

#include "model_engine/device/device_check_support.h"
#include "model_engine/loader/contents/compactor.h"

#include <memory>
#include <vector>

namespace weightroom::ctl {
namespace {

using engine::Bytes;
using engine::ErrorCode;
using engine::fail;
using engine::LoadedComponentPtr;
using engine::Result;

constexpr std::uint64_t kSlabs = 4;
constexpr std::size_t kTensorsInSlab = 6;
constexpr Bytes kTensor = engine::kMiB * 4;
constexpr Bytes kRoom = kTensor * kTensorsInSlab * kSlabs;

/// A device with a table of what is loaded there.
class SparseMemory {
public:
    SparseMemory(engine::Device& device, engine::LogSink& log)
        : m_device(device)
        , m_lane(device, log)
        , m_executor(log)
    {
    }

    /// Leaves one of several tensors in a slab.
    [[nodiscard]] Result<> add(std::uint64_t seed)
    {
        const std::vector<Bytes> sizes(kTensorsInSlab, kTensor);
        auto places = m_device.arena().allocate(sizes);
        if (!places)
            return fail(std::move(places).error());
        engine::Allocation& kept = (*places)[seed % kTensorsInSlab];
        if (auto written = write(m_device, kept.address(), engine::patternOf(seed, kTensor)); !written)
            return written;
        engine::LoadedComponent component{
            .key = {{"selftest"}, {std::to_string(seed)}}, .kind = {}, .identity = {}, .weights = {}};
        component.weights.tensors.emplace_back("tensor", engine::Dtype::U8, engine::Shape{}, std::move(kept));
        component.weights.size = kTensor;
        m_seeds.push_back(seed);
        (void)m_table.add(id(), {std::make_shared<const engine::LoadedComponent>(std::move(component))});
        return {};
    }
    [[nodiscard]] Result<engine::CompactionOutcome> compact()
    {
        engine::TableContents<LoadedComponentPtr> contents{
            m_executor, m_device.contents(), tableOf(m_table, id()), [] {}};
        engine::DeviceContentMover mover{m_lane, {}};
        const engine::CompactionControl control{.stop = {}, .planned = [](Bytes) {}, .moved = [](Bytes) {}};
        return engine::Compactor{m_device.arena(), contents, mover, control}.compact();
    }
    [[nodiscard]] Result<> compareAll()
    {
        const auto& components = *m_table.find(id(), {"selftest"});
        for (const std::uint64_t seed : m_seeds) {
            const auto& tensor = components.at({std::to_string(seed)})->weights.tensors.front();
            if (auto same = expectContent(m_device, tensor.address(), engine::patternOf(seed, kTensor)); !same)
                return same;
        }
        return {};
    }

private:
    [[nodiscard]] const engine::DeviceId& id() const { return m_device.description().id; }

    engine::Device& m_device;
    engine::TransferLane m_lane;
    engine::ResidencyTable m_table; ///< used on one thread at a time
    std::vector<std::uint64_t> m_seeds;
    engine::SerialExecutor m_executor;
};

Result<> compact(engine::Device& device, engine::LogSink& log)
{
    SparseMemory memory{device, log};
    for (std::uint64_t seed = 0; seed < kSlabs; ++seed) {
        if (auto added = memory.add(seed); !added)
            return added;
    }
    const auto outcome = memory.compact();
    if (!outcome)
        return fail(outcome.error());
    if (outcome->after.held >= outcome->before.held || outcome->after.allocated != outcome->before.allocated)
        return fail(ErrorCode::VerificationFailed,
            "of " + toText(outcome->before.held) + " in sparse slabs, " + toText(outcome->after.held)
                + " are still held",
            {.deviceId = device.description().id});
    return memory.compareAll();
}

} // namespace

SelfTestRow checkCompaction(engine::Device& device, engine::LogSink& log)
{
    SelfTestRow row{.device = device.description().id, .name = "compaction_keeps_every_byte"};
    if (auto room = needRoom(device, kRoom); !room) {
        row.skipped = room.error().detail;
        return row;
    }
    if (auto done = compact(device, log); !done)
        row.error = done.error();
    return row;
}

} // namespace weightroom::ctl

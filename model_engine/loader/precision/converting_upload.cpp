// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/precision/converting_upload.h"

#include "model_engine/core/settings/feature_flags.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <thread>

namespace weightroom::engine {
namespace {

constexpr std::size_t kSlotAlignment = 4096; // a page: what can be pinned
// Vector stores of the kernels do not share a line of the processor's cache with another tensor's.
constexpr std::uint64_t kPieceAlignment = 64;

Error outOfMemory()
{
    return {ErrorCode::OutOfHostMemory, "the system gave no more memory for converting",
        {.memoryType = "system", .feature = Feature::PrecisionConversion}};
}

/// Adds the time of its life.
class TimeTaken {
public:
    explicit TimeTaken(std::chrono::duration<double>& sum)
        : m_sum(sum)
    {
    }
    TimeTaken(const TimeTaken&) = delete;
    TimeTaken& operator=(const TimeTaken&) = delete;
    ~TimeTaken() { m_sum += std::chrono::steady_clock::now() - m_begin; }

private:
    std::chrono::duration<double>& m_sum;
    const std::chrono::steady_clock::time_point m_begin = std::chrono::steady_clock::now();
};

} // namespace

/// Where the conversion of a run has got to.
class ConvertingUpload::Source {
public:
    Source(std::span<const ConversionStep> steps, HelperThreads& helpers)
        : m_steps(steps)
        , m_helpers(helpers)
    {
        skipFinished();
    }

    /// The next block is of this size; nothing: there is none.
    [[nodiscard]] std::optional<Bytes> nextSize() const
    {
        if (m_steps.empty())
            return std::nullopt;
        return m_steps.front().conversion->block(m_block).size;
    }

    /// Converts the next block into `into`, which has its size, and says where it goes.
    Result<CopyStep> convertNext(std::span<std::byte> into)
    {
        const ConversionStep& step = m_steps.front();
        const TensorConversion::Block block = step.conversion->block(m_block);
        const auto stored = step.stored.subspan(block.storedBegin, block.storedSize.value);
        if (auto done = step.conversion->convert(block, stored, into, m_helpers, step.record->loss); !done)
            return fail(std::move(done).error());
        if (step.record->hasher)
            step.record->hasher->add(into);
        ++m_block;
        skipFinished();
        return CopyStep{into, step.destination + block.begin};
    }

private:
    void skipFinished()
    {
        while (!m_steps.empty() && m_block == m_steps.front().conversion->blockCount()) {
            m_steps = m_steps.subspan(1);
            m_block = 0;
        }
    }

    std::span<const ConversionStep> m_steps;
    HelperThreads& m_helpers;
    std::uint64_t m_block = 0;
};

ConvertingUpload::ConvertingUpload(Device& device)
    : m_device(device)
    , m_elementHelpers(std::clamp(std::thread::hardware_concurrency(), 1U, TensorConversion::kMostThreads) - 1)
{
}

void ConvertingUpload::Free::operator()(std::byte* memory) const { std::free(memory); } // NOLINT: of aligned_alloc

Result<> ConvertingUpload::makeSlots()
{
    constexpr std::size_t kSize = TensorConversion::kBlockSize.value;
    for (Slot& slot : m_slots) {
        if (slot.memory)
            continue;
        slot.memory.reset(static_cast<std::byte*>(std::aligned_alloc(kSlotAlignment, kSize)));
        if (!slot.memory)
            return fail(outOfMemory());
        auto registered = m_device.registerHostMemory({slot.memory.get(), kSize});
        if (registered)
            slot.registration = std::move(*registered);
    }
    return {};
}

/// Their registrations first: what is pinned is still memory then.
void ConvertingUpload::giveBack()
{
    for (Slot& slot : m_slots) {
        slot.registration.reset();
        slot.memory.reset();
    }
}

/// With as much as there is left. Whatever goes wrong is in the slot: it runs beside the copy.
void ConvertingUpload::fill(Slot& slot, Source& source)
try {
    slot.reset();
    if (!source.nextSize())
        return;
    const TimeTaken time{m_converting};
    std::span<std::byte> rest{slot.memory.get(), TensorConversion::kBlockSize.value};
    while (const auto size = source.nextSize()) {
        if (size->value > rest.size())
            return;
        auto step = source.convertNext(rest.first(size->value));
        if (!step) {
            slot.filled = fail(blamedOn(Feature::PrecisionConversion, std::move(step).error()));
            return;
        }
        slot.steps.push_back(*step);
        rest = rest.subspan(std::min(rest.size(), static_cast<std::size_t>(alignUp(size->value, kPieceAlignment))));
    }
} catch (const std::bad_alloc&) {
    slot.filled = fail(outOfMemory());
} catch (const std::exception& error) {
    slot.filled = fail(ErrorCode::Internal, error.what(), {.feature = Feature::PrecisionConversion});
}

Result<> ConvertingUpload::run(
    std::span<const ConversionStep> steps, const std::stop_token& stop, const std::function<void(Bytes)>& progress)
{
    if (auto made = makeSlots(); !made)
        return made;
    Source source{steps, m_elementHelpers};
    m_slots[1].reset();
    fill(m_slots[0], source);
    for (std::size_t i = 0; m_slots[i % 2].filled && !m_slots[i % 2].steps.empty(); ++i) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "cancelled while tensors were converted");
        Result<> copied;
        m_filling.runBeside([&] { fill(m_slots[(i + 1) % 2], source); },
            [&] { copied = m_device.upload(m_slots[i % 2].steps, stop, progress); });
        if (!copied)
            return copied;
    }
    return m_slots[0].filled ? m_slots[1].filled : m_slots[0].filled;
}

} // namespace weightroom::engine

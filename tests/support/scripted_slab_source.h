// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/slab.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace weightroom::test {

/// Slabs without memory: addresses that nobody else has. Refuses the n-th acquisition when told to, counts what is
/// alive, and calls `onCall` at every acquisition and destruction. Thread-safe, but for the script itself.
class ScriptedSlabSource final : public engine::SlabSource {
public:
    explicit ScriptedSlabSource(engine::Bytes granularity)
        : m_granularity(granularity)
    {
    }

    std::optional<std::uint64_t> failAt; ///< the number of the acquisition that is refused, counted from 0
    std::function<void()> onCall;

    [[nodiscard]] engine::Bytes granularity() const override { return m_granularity; }
    [[nodiscard]] engine::Result<std::unique_ptr<engine::Slab>> acquire(engine::Bytes size) override
    {
        if (onCall)
            onCall();
        if (m_acquisitions++ == failAt)
            return engine::fail(engine::ErrorCode::DeviceError, "refused by the script");
        return std::unique_ptr<engine::Slab>{
            std::make_unique<CountedSlab>(*this, m_nextAddress.fetch_add(size.value), size)};
    }

    [[nodiscard]] std::uint64_t acquisitions() const { return m_acquisitions; }
    [[nodiscard]] std::uint64_t liveSlabs() const { return m_liveSlabs; }
    [[nodiscard]] engine::Bytes liveBytes() const { return {m_liveBytes}; }
    [[nodiscard]] engine::Bytes mostBytes() const { return {m_mostBytes}; }

private:
    class CountedSlab final : public engine::Slab {
    public:
        CountedSlab(ScriptedSlabSource& source, std::uint64_t address, engine::Bytes size)
            : Slab(address, size)
            , m_source(source)
        {
            ++m_source.m_liveSlabs;
            const std::uint64_t live = m_source.m_liveBytes += size.value;
            for (std::uint64_t most = m_source.m_mostBytes; most < live;)
                m_source.m_mostBytes.compare_exchange_weak(most, live);
        }
        ~CountedSlab() override
        {
            if (m_source.onCall)
                m_source.onCall();
            --m_source.m_liveSlabs;
            m_source.m_liveBytes -= size().value;
        }

    private:
        ScriptedSlabSource& m_source;
    };

    const engine::Bytes m_granularity;
    std::atomic<std::uint64_t> m_nextAddress = 1ULL << 40;
    std::atomic<std::uint64_t> m_acquisitions = 0;
    std::atomic<std::uint64_t> m_liveSlabs = 0;
    std::atomic<std::uint64_t> m_liveBytes = 0;
    std::atomic<std::uint64_t> m_mostBytes = 0;
};

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/slabs/slab.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace weightroom::test {

/// Slabs without memory: addresses that nobody else has. Refuses the n-th acquisition when told to, counts what is
/// alive, and calls `onCall` at every acquisition and destruction. Bare slabs want so much preparation as it is told.
/// Thread-safe, but for the script itself.
class ScriptedSlabSource final : public engine::SlabSource {
public:
    explicit ScriptedSlabSource(engine::Bytes granularity)
        : m_granularity(granularity)
    {
    }

    std::optional<std::uint64_t> failAt; ///< the number of the acquisition that is refused, counted from 0
    engine::ErrorCode failWith = engine::ErrorCode::DeviceError;
    std::function<void()> onCall;
    engine::Bytes preparationPerSlab;
    std::optional<std::uint64_t> failPreparationAt; ///< the number of the step that is refused, counted from 0
    bool failCompletion = false;
    std::function<void()> onPrepare;

    [[nodiscard]] engine::Bytes granularity() const override { return m_granularity; }
    [[nodiscard]] engine::Result<std::unique_ptr<engine::Slab>> acquire(engine::Bytes size) override
    {
        if (onCall)
            onCall();
        if (m_acquisitions++ == failAt)
            return engine::fail(failWith, "refused by the script");
        return std::unique_ptr<engine::Slab>{
            std::make_unique<CountedSlab>(*this, m_nextAddress.fetch_add(size.value), size)};
    }
    [[nodiscard]] engine::Result<std::unique_ptr<engine::Slab>> acquireBare(engine::Bytes size) override
    {
        auto slab = acquire(size);
        if (slab)
            static_cast<CountedSlab&>(**slab).missing = preparationPerSlab;
        return slab;
    }
    [[nodiscard]] engine::Result<engine::Preparation> prepare(engine::Slab& slab, engine::Bytes most) override
    {
        if (onPrepare)
            onPrepare();
        if (m_preparations++ == failPreparationAt)
            return engine::fail(engine::ErrorCode::OutOfHostMemory, "the script refuses to prepare");
        engine::Bytes& missing = static_cast<CountedSlab&>(slab).missing;
        missing -= std::min(missing, most);
        return missing == engine::Bytes{} ? engine::Preparation::Complete : engine::Preparation::Begun;
    }
    [[nodiscard]] engine::Result<> complete(engine::Slab& slab) override
    {
        ++m_completions;
        if (failCompletion)
            return engine::fail(engine::ErrorCode::OutOfHostMemory, "the script refuses to complete");
        static_cast<CountedSlab&>(slab).missing = {};
        return {};
    }

    [[nodiscard]] std::uint64_t acquisitions() const { return m_acquisitions; }
    [[nodiscard]] std::uint64_t preparations() const { return m_preparations; }
    [[nodiscard]] std::uint64_t completions() const { return m_completions; }
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
        engine::Bytes missing; ///< of its preparation

    private:
        ScriptedSlabSource& m_source;
    };

    const engine::Bytes m_granularity;
    std::atomic<std::uint64_t> m_nextAddress = 1ULL << 40;
    std::atomic<std::uint64_t> m_acquisitions = 0;
    std::atomic<std::uint64_t> m_preparations = 0;
    std::atomic<std::uint64_t> m_completions = 0;
    std::atomic<std::uint64_t> m_liveSlabs = 0;
    std::atomic<std::uint64_t> m_liveBytes = 0;
    std::atomic<std::uint64_t> m_mostBytes = 0;
};

} // namespace weightroom::test

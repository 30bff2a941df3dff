// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/device.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <new>

namespace weightroom::test {

/// Slabs of the heap, so small that a test fills many. They come filled with a pattern: bytes that were forgotten to be
/// copied show. Refuses the n-th acquisition when told to. Thread-safe, but for the script.
class HeapSlabSource final : public engine::SlabSource {
public:
    static constexpr engine::Bytes kGranularity{256};

    std::uint64_t failAt = std::numeric_limits<std::uint64_t>::max(); ///< counted from 0, from reset() on
    engine::ErrorCode failWith = engine::ErrorCode::DeviceError;

    [[nodiscard]] engine::Bytes granularity() const override { return kGranularity; }
    [[nodiscard]] engine::Result<std::unique_ptr<engine::Slab>> acquire(engine::Bytes size) override
    {
        if (m_acquisitions++ == failAt)
            return engine::fail(failWith, "refused by the script");
        return std::unique_ptr<engine::Slab>{std::make_unique<HeapSlab>(*this, size)};
    }
    void reset()
    {
        m_acquisitions = 0;
        failAt = std::numeric_limits<std::uint64_t>::max();
    }
    [[nodiscard]] engine::Bytes live() const { return {m_live}; }

private:
    class HeapSlab final : public engine::Slab {
    public:
        HeapSlab(HeapSlabSource& source, engine::Bytes size)
            : Slab(reinterpret_cast<std::uint64_t>(::operator new(size.value, kAlignment)), size)
            , m_source(source)
        {
            std::memset(bytes(), 0xee, size.value);
            m_source.m_live += size.value;
        }
        HeapSlab(const HeapSlab&) = delete;
        HeapSlab& operator=(const HeapSlab&) = delete;
        ~HeapSlab() override
        {
            m_source.m_live -= size().value;
            ::operator delete(bytes(), kAlignment);
        }

    private:
        static constexpr std::align_val_t kAlignment{engine::kTensorAlignment};
        [[nodiscard]] void* bytes() const { return reinterpret_cast<void*>(address()); }
        HeapSlabSource& m_source;
    };

    std::atomic<std::uint64_t> m_acquisitions = 0;
    std::atomic<std::uint64_t> m_live = 0;
};

/// A device with slabs of 64 KiB. Refuses the n-th copy within it when told to. Thread-safe, but for the script.
class SmallDevice final : public engine::Device {
public:
    static constexpr engine::Bytes kSlabSize = engine::kKiB * 64;

    explicit SmallDevice(engine::Bytes capacity)
        : budget(capacity, engine::ErrorCode::OutOfDeviceMemory, "vram")
    {
        m_description.id = {"TEST_0"};
        m_description.capacity = capacity;
    }

    HeapSlabSource source;
    engine::Budget budget;
    std::uint64_t failCopyAt = std::numeric_limits<std::uint64_t>::max(); ///< counted from 0, from reset() on
    std::function<void()> onCopy; ///< before each, on the transfer thread
    void reset()
    {
        source.reset();
        m_copies = 0;
        failCopyAt = std::numeric_limits<std::uint64_t>::max();
    }

    [[nodiscard]] const engine::DeviceDescription& description() const override { return m_description; }
    [[nodiscard]] engine::Arena& arena() override { return m_arena; }
    [[nodiscard]] engine::Result<engine::DeviceMemory> memory() const override
    {
        return engine::DeviceMemory{m_arena.statistics(), std::nullopt, std::nullopt};
    }
    [[nodiscard]] std::optional<engine::Error> lostReason() const override { return std::nullopt; }
    [[nodiscard]] engine::Result<> upload(
        std::span<const engine::CopyStep> steps, std::stop_token, const std::function<void(engine::Bytes)>&) override
    {
        for (const engine::CopyStep& step : steps)
            std::memcpy(pointer(step.destination), step.source.data(), step.source.size());
        return {};
    }
    [[nodiscard]] engine::Result<> download(std::uint64_t address, std::span<std::byte> destination) override
    {
        std::memcpy(destination.data(), pointer(address), destination.size());
        return {};
    }
    [[nodiscard]] engine::Result<> copyWithin(std::uint64_t from, std::uint64_t to, engine::Bytes size) override
    {
        if (onCopy)
            onCopy();
        if (m_copies++ == failCopyAt)
            return engine::fail(engine::ErrorCode::DeviceError, "the script refuses the copy");
        std::memcpy(pointer(to), pointer(from), size.value);
        return {};
    }
    [[nodiscard]] engine::Result<std::unique_ptr<engine::HostRegistration>> registerHostMemory(
        std::span<std::byte>) override
    {
        return std::make_unique<engine::HostRegistration>();
    }

private:
    static void* pointer(std::uint64_t address) { return reinterpret_cast<void*>(address); }

    engine::DeviceDescription m_description;
    engine::Arena m_arena{source, budget, kSlabSize};
    std::atomic<std::uint64_t> m_copies = 0;
};

} // namespace weightroom::test

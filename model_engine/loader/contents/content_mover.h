// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/cache_memory.h"
#include "model_engine/loader/transfer_lane.h"

#include <stop_token>

namespace weightroom::engine {

/// Copies contents within one memory, block by block.
class ContentMover {
public:
    virtual ~ContentMover() = default;
    /// Both have the same size and do not overlap. After an error `to` is undefined, and nothing is under way. Errors:
    /// Cancelled, and those of the memory.
    [[nodiscard]] virtual Result<> copy(const PlacedContent& from, const PlacedContent& to) = 0;
};

/// Bytes that are copied at a time: a cancel is heard within milliseconds, and loads take turns with a move.
inline constexpr Bytes kMoveBlock = kMiB * 64;

/// Within the cache, on the caller's thread. Errors: Cancelled, OutOfHostMemory.
class CacheContentMover final : public ContentMover {
public:
    CacheContentMover(CacheMemory& memory, std::stop_token stop)
        : m_memory(memory)
        , m_stop(std::move(stop))
    {
    }
    [[nodiscard]] Result<> copy(const PlacedContent& from, const PlacedContent& to) override;

private:
    CacheMemory& m_memory;
    const std::stop_token m_stop;
};

/// Within a device, on its transfer thread. Errors: Cancelled, and the device's; after one of these it copies no more.
class DeviceContentMover final : public ContentMover {
public:
    DeviceContentMover(TransferLane& lane, const std::stop_token& stop)
        : m_stop(stop)
        , m_transfer(lane, stop, {})
    {
    }
    [[nodiscard]] Result<> copy(const PlacedContent& from, const PlacedContent& to) override;

private:
    const std::stop_token m_stop;
    Transfer m_transfer;
};

} // namespace weightroom::engine

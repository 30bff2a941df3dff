// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/direct_placing.h"

#include <utility>

namespace weightroom::engine {
namespace {

/// How far behind `address` the next one begins that is in step.
std::uint64_t distanceToStep(std::uint64_t address, std::uint64_t fileOffset)
{
    return (fileOffset - address) % kDirectAlignment; // wraps around, as the modulus does
}

} // namespace

bool isInStep(std::span<const std::byte> bytes, std::uint64_t fileOffset)
{
    return distanceToStep(reinterpret_cast<std::uintptr_t>(bytes.data()), fileOffset) == 0; // NOLINT: its number
}

Bytes roomInStep(Bytes size) { return size >= kSmallestInStep ? size + Bytes{kDirectAlignment} : size; }

Allocation placeInStep(Allocation room, Bytes size, std::uint64_t fileOffset)
{
    if (size >= kSmallestInStep)
        room.narrow(distanceToStep(room.address(), fileOffset), size);
    return room;
}

} // namespace weightroom::engine

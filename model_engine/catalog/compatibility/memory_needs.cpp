// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/compatibility/memory_needs.h"

#include <array>
#include <limits>
#include <optional>

namespace weightroom::engine {
namespace {

/// A place begins at a multiple of 256 bytes (memory/arena.h): each tensor takes at most one byte less than that on
/// top.
constexpr std::uint64_t kPlacePadding = 255;

struct Target {
    Dtype precision;
    std::uint64_t bytesPerParameter;
};
constexpr std::array kTargets{Target{Dtype::F16, 2}, Target{Dtype::F8E4M3, 1}};

std::uint64_t times(std::uint64_t a, std::uint64_t b)
{
    return b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b ? std::numeric_limits<std::uint64_t>::max()
                                                                       : a * b;
}

std::uint64_t plus(std::uint64_t a, std::uint64_t b)
{
    return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

/// How wide most of the weights are; nothing for types that are not converted.
std::optional<std::uint64_t> convertibleWidth(const Identification& model)
{
    if (!model.quantization.empty())
        return std::nullopt;
    switch (model.precision) {
    case Dtype::F32:
        return 4;
    case Dtype::F16:
    case Dtype::Bf16:
        return 2;
    default:
        return std::nullopt;
    }
}

} // namespace

std::vector<MemoryNeed> memoryNeedsOf(const Identification& model)
{
    std::uint64_t stored = 0;
    for (const ComponentRecord& component : model.components)
        stored = plus(stored, component.size.value);
    const std::uint64_t padding = times(model.tensorCount, kPlacePadding);
    std::vector<MemoryNeed> needs{{Dtype::Unknown, Bytes{plus(stored, padding)}, false}};
    const auto width = convertibleWidth(model);
    for (const Target& target : kTargets) {
        const std::uint64_t size = times(model.parameters, target.bytesPerParameter);
        if (width && target.bytesPerParameter < *width && size < stored)
            needs.push_back({target.precision, Bytes{plus(size, padding)}, true});
    }
    return needs;
}

} // namespace weightroom::engine

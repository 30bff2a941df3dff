// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/conditions.h"

#include "model_engine/core/bytes.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr char kFromTheRoot = '/';

bool isFromTheRoot(const Condition& condition) { return condition.key.starts_with(kFromTheRoot); }

std::string fullKey(std::string_view prefix, const Condition& condition)
{
    if (isFromTheRoot(condition))
        return std::string{condition.key.substr(1)};
    return std::string{prefix}.append(condition.key);
}

const TensorEntry* tensorOf(const HeaderView& header, std::string_view prefix, const Condition& condition)
{
    if (condition.look == Look::AnyBelow || condition.look == Look::WidthBelow)
        return header.firstWithPrefix(fullKey(prefix, condition));
    if (isFromTheRoot(condition))
        return header.find(condition.key.substr(1));
    return header.find(prefix, condition.key);
}

/// Two values of 4 bits share a byte, and the bytes of all rows stand in one column.
bool hasWidth(const Shape& shape, std::uint64_t width)
{
    if (shape.last() == width)
        return true;
    const bool isPacked = shape.rank() == 2 && shape.last() == 1U;
    const auto elements = isPacked ? checkedMultiply(shape.dimensions.front(), 2) : std::nullopt;
    return elements && *elements > 0 && *elements % width == 0;
}

bool fits(const TensorEntry* entry, const Condition& condition)
{
    if (entry == nullptr)
        return false;
    const Shape& shape = entry->shape;
    switch (condition.look) {
    case Look::Dimension0:
        return shape.at(0) == condition.value;
    case Look::Dimension1:
        return shape.at(1) == condition.value;
    case Look::LastDimension:
    case Look::WidthBelow:
        return shape.last() == condition.value;
    case Look::Width:
        return hasWidth(shape, condition.value);
    case Look::Rank:
        return shape.rank() == condition.value;
    default:
        return true;
    }
}

bool holds(const HeaderView& header, std::string_view prefix, const Condition& condition)
{
    if (condition.look == Look::None || condition.look == Look::Noted)
        return true;
    const TensorEntry* entry = tensorOf(header, prefix, condition);
    return condition.look == Look::Absent ? entry == nullptr : fits(entry, condition);
}

} // namespace

bool allHold(const HeaderView& header, std::string_view prefix, const Conditions& conditions)
{
    return std::ranges::all_of(
        conditions, [&](const Condition& condition) { return holds(header, prefix, condition); });
}

void addEvidence(std::vector<Evidence>& evidence, std::string_view rule, const HeaderView& header,
    std::string_view prefix, const Conditions& conditions)
{
    for (const Condition& condition : conditions) {
        if (condition.look == Look::None)
            continue;
        const TensorEntry* entry = tensorOf(header, prefix, condition);
        evidence.push_back({std::string{rule}, entry == nullptr ? fullKey(prefix, condition) : entry->name,
            entry == nullptr ? "absent" : toText(entry->shape)});
    }
}

} // namespace weightroom::engine

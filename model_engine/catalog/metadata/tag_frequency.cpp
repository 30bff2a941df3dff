// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/tag_frequency.h"

#include "model_engine/catalog/metadata/value_readers.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr JsonLimits kLimits{.maxBytes = (kMiB * 4).value, .maxDepth = 4};

struct TagCount {
    std::string tag;
    std::uint64_t count = 0;
};

void addTag(std::map<std::string, std::uint64_t>& counts, std::string_view tag, const Json& count)
{
    tag = trimmed(tag);
    const bool isCount = count.is_number_unsigned() || (count.is_number_integer() && count.get<std::int64_t>() >= 0);
    if (tag.empty() || !isCount)
        return;
    std::uint64_t& sum = counts[std::string{tag}];
    sum = checkedAdd(sum, count.get<std::uint64_t>()).value_or(sum);
}

Json mostFrequent(const std::map<std::string, std::uint64_t>& counts)
{
    std::vector<TagCount> tags;
    tags.reserve(counts.size());
    for (const auto& [tag, count] : counts)
        tags.push_back({tag, count});
    // By name among equals, so that the answer does not change from one time to the next.
    std::ranges::sort(
        tags, [](const TagCount& a, const TagCount& b) { return std::tie(b.count, a.tag) < std::tie(a.count, b.tag); });
    tags.resize(std::min(tags.size(), kMostTags));
    Json list = Json::array();
    for (TagCount& tag : tags)
        list.push_back({{"tag", std::move(tag.tag)}, {"count", tag.count}});
    return list;
}

} // namespace

std::optional<Json> readTagFrequency(const Json& value)
{
    if (value.is_string()) {
        const auto document = parseJson(value.get_ref<const std::string&>(), kLimits);
        return document && document->is_object() ? readTagFrequency(*document) : std::nullopt;
    }
    if (!value.is_object())
        return std::nullopt;
    std::map<std::string, std::uint64_t> counts;
    for (const Json& dataset : value) {
        if (!dataset.is_object())
            continue;
        for (const auto& [tag, count] : dataset.items())
            addTag(counts, tag, count);
    }
    return counts.empty() ? Json(nullptr) : mostFrequent(counts);
}

} // namespace weightroom::engine

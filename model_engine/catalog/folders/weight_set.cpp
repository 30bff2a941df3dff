// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/weight_set.h"

#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <tuple>

namespace weightroom::engine {
namespace {

constexpr std::size_t kDigits = 5;
constexpr std::string_view kOf = "-of-";
/// "-00001-of-00002"
constexpr std::size_t kMarkLength = 1 + kDigits + kOf.size() + kDigits;
/// No model has as many; a file that claims more is a file like any other.
constexpr std::uint32_t kMostShards = 4096;
/// Missing shards that an error names.
constexpr std::size_t kShown = 8;

/// How diffusers and transformers call the file of a component.
constexpr std::array<std::string_view, 3> kUsualNames{"diffusion_pytorch_model", "model", "pytorch_model"};

std::optional<std::uint32_t> parseDigits(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

std::string_view nameOf(const FoundFile& file)
{
    const std::string_view path = file.path;
    return path.substr(path.find_last_of('/') + 1);
}

/// How much a set is wanted as the weights of a component; the smallest wins.
auto rankOf(const WeightSet& set, std::string_view wanted)
{
    const std::string base = set.name.substr(0, set.name.find('.'));
    const std::string variant = set.variant();
    const bool isWanted = !wanted.empty() && variant == wanted;
    const bool isSafetensors = lowerCase(set.name).ends_with(".safetensors");
    const bool isUsual = std::ranges::find(kUsualNames, base) != kUsualNames.end();
    const int variantRank = variant.empty() ? 0 : (variant == "fp16" ? 1 : 2);
    return std::tuple{!set.isComplete(), !isWanted, !isSafetensors, !isUsual, variantRank, set.name};
}

/// The shards of one name and count, by number.
using Shards = std::map<std::uint32_t, FoundFile>;

WeightSet setOf(std::string name, std::uint32_t count, Shards shards)
{
    WeightSet set{.name = std::move(name), .files = {}, .shards = count};
    for (auto& [number, file] : shards)
        set.files.push_back(std::move(file));
    return set;
}

} // namespace

std::string WeightSet::missing() const
{
    if (isComplete())
        return {};
    std::vector<bool> isThere(shards, false);
    for (const FoundFile& file : files)
        isThere[parseShardName(nameOf(file)).value().number - 1] = true;
    std::string numbers;
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < shards; ++i) {
        if (!isThere[i] && count++ < kShown)
            numbers += (numbers.empty() ? "" : ", ") + std::to_string(i + 1);
    }
    return std::to_string(count) + " of " + std::to_string(shards) + " shards of '" + name + "' are missing: " + numbers
        + (count > kShown ? ", …" : "");
}

std::string WeightSet::variant() const
{
    const std::size_t dot = name.find('.');
    const std::size_t extension = name.rfind('.');
    return dot < extension ? name.substr(dot + 1, extension - dot - 1) : std::string{};
}

std::optional<ShardName> parseShardName(std::string_view fileName)
{
    for (std::size_t at = fileName.find(kOf); at != std::string_view::npos; at = fileName.find(kOf, at + 1)) {
        if (at < kDigits + 1 || fileName[at - kDigits - 1] != '-')
            continue;
        const auto number = parseDigits(fileName.substr(at - kDigits, kDigits));
        const std::string_view rest = fileName.substr(at + kOf.size());
        const auto count = rest.size() >= kDigits ? parseDigits(rest.substr(0, kDigits)) : std::nullopt;
        if (!number || !count || *number < 1 || *number > *count || *count > kMostShards)
            continue;
        std::string set{fileName};
        set.erase(at - kDigits - 1, kMarkLength);
        return ShardName{std::move(set), *number, *count};
    }
    return std::nullopt;
}

std::vector<WeightSet> weightSetsOf(std::vector<FoundFile> files)
{
    std::vector<WeightSet> sets;
    sets.reserve(files.size());
    std::map<std::pair<std::string, std::uint32_t>, Shards> sharded;
    for (FoundFile& file : files) {
        std::string name{nameOf(file)};
        const auto shard = file.kind == EntryKind::File ? parseShardName(name) : std::nullopt;
        if (shard && sharded[{shard->set, shard->count}].emplace(shard->number, file).second)
            continue;
        sets.push_back({.name = std::move(name), .files = {}, .shards = 0});
        sets.back().files.push_back(std::move(file));
    }
    for (auto& [key, shards] : sharded)
        sets.push_back(setOf(key.first, key.second, std::move(shards)));
    return sets;
}

const WeightSet* preferredSet(std::span<const WeightSet> sets, std::string_view wanted)
{
    const auto best =
        std::ranges::min_element(sets, {}, [wanted](const WeightSet& set) { return rankOf(set, wanted); });
    return best == sets.end() ? nullptr : &*best;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/finding.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(kLastFindingWord) + 1> kWords{"none", "not_asked_for",
    "structure_broken", "tensors_fill_file", "tensors_fill_padded_file", "tensors_in_storages", "tensors_in_files",
    "truncated_file", "missing_file", "unknown_format", "unsafe_pickle", "malformed", "all_there", "missing_tensors",
    "extra_tensors", "unknown_architecture", "all_numbers", "nan_found", "infinite_found", "all_zero", "unknown_values",
    "no_checksums", "checksums_equal", "checksums_differ", "no_claim", "several_files", "hashes_equal", "hashes_differ",
    "hashes_not_computed"};
static_assert(!kWords.back().empty(), "a word for each");

} // namespace

std::string_view toText(FindingWord word) { return kWords.at(static_cast<std::size_t>(word)); }

std::vector<std::string> firstNames(std::span<const std::string> names)
{
    const auto first = names.first(std::min(names.size(), kMostFindingNames));
    return {first.begin(), first.end()};
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <optional>

namespace weightroom::engine {

/// As many tags as a person looks through; a dataset may have a hundred thousand.
inline constexpr std::size_t kMostTags = 64;

/// Reads what kohya's trainers note as ss_tag_frequency (dataset → tag → how many images): the tags of all datasets
/// together as [{"tag", "count"}], the most frequent first. Takes an object or its JSON text up to 4 MiB. Nothing when
/// it is neither; counts that are no counts are passed over.
[[nodiscard]] std::optional<Json> readTagFrequency(const Json& value);

} // namespace weightroom::engine

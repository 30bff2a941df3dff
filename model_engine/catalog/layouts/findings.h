// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What a user wants to know of a model that is all right by itself; never an error.
enum class FindingKind : std::uint8_t {
    None = 0,
    Misplaced, ///< it is of another kind than its folder is for, so that the program whose folder it is fails with it
    Duplicate, ///< another model of the library may hold the same: seen in the whole library only
};
[[nodiscard]] std::string_view toText(FindingKind kind); ///< "misplaced", "duplicate"

struct Finding {
    FindingKind kind = FindingKind::None;
    std::string detail; ///< English: "a vae lies in 'models/loras', where ComfyUI expects: lora"
};

/// What the record alone tells. Pure. A model that is broken or of an unknown kind is not said to be misplaced: nobody knows.
[[nodiscard]] std::vector<Finding> findingsOf(const ModelRecord& record);

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// A change to one member of a JSON object.
struct JsonMemberEdit {
    std::string key;
    std::optional<Json> value; ///< nothing: the member goes
};

/// Changes members of the object that `text` is, and leaves every other byte as it stands: other members, their order,
/// the way numbers and letters are written, white space. A new member comes last and is laid out as the one before it.
/// Errors: InvalidJson and InvalidFormat, when the text is no JSON object within the limits, before or after.
[[nodiscard]] Result<std::string> editJsonObject(
    std::string_view text, std::span<const JsonMemberEdit> edits, JsonLimits limits);

} // namespace weightroom::engine

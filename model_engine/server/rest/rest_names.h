// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/server/rest/rest_message.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// A document of the engine with the names that a client wants. Keys at the paths of `dataKeys`
/// (OperationSpec::dataKeys) stay as they are, and so do values: a value that names a field ("model_id" in an error)
/// is what it is in every naming. A key that is no name stays too.
[[nodiscard]] Json withNames(Json document, RestNaming naming, std::span<const std::string> dataKeys);

/// The name of a field as a client writes it: model_id, ModelId.
[[nodiscard]] std::string nameFor(std::string_view field, RestNaming naming);

/// The field that a client means; nothing where the text is no name in this naming ("modelId" in neither). A text that
/// is no name may still be looked for, and is then an unknown field.
[[nodiscard]] std::optional<std::string> fieldFrom(std::string_view name, RestNaming naming);

} // namespace weightroom::engine

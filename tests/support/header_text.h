// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"

#include <string_view>

namespace weightroom::test {

/// The header of a published model from tests/data/headers/`file`.txt, section [`name`]: all names and shapes, in half
/// precision. A name that is not there ends the test program.
[[nodiscard]] engine::Blueprint headerOf(std::string_view file, std::string_view name);

/// The header that a text in the format of these files describes.
[[nodiscard]] engine::Blueprint headerFromText(std::string_view lines);

} // namespace weightroom::test

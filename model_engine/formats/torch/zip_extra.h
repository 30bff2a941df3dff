// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// A 32-bit size or position in a zip archive that refers to its 64-bit twin in the entry's zip64 field.
inline constexpr std::uint32_t kSeeZip64 = 0xFFFFFFFF;

/// The content of the zip64 field among the extra fields of an entry, or nothing. Other fields do not matter:
/// torch.save fills one, "FB", to begin the data at a multiple of 64. Errors: InvalidFormat, worded to follow the
/// entry's name, for a field that does not fit and when there are two.
[[nodiscard]] Result<std::optional<std::string_view>> findZip64Extra(std::string_view extras);

} // namespace weightroom::engine

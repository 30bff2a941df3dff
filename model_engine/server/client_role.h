// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"

#include <cstdint>
#include <string_view>

namespace weightroom::engine {

/// What a client may do. It is decided by the door that it comes through.
enum class ClientRole : std::uint8_t {
    None = 0,
    ReadOnly, ///< operations that change nothing
    Full,
};

/// The verb says it, as in HTTP: what is got changes nothing that anybody has chosen or loaded. A scan or a hash that
/// it takes is knowledge of what is there.
[[nodiscard]] inline bool changesNothing(const OperationSpec& spec) { return spec.name.text().starts_with("get_"); }

[[nodiscard]] constexpr std::string_view toText(ClientRole role)
{
    return role == ClientRole::Full ? "full" : role == ClientRole::ReadOnly ? "read_only" : "none";
}

} // namespace weightroom::engine

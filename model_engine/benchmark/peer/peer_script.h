// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace weightroom::engine {

/// peer_safetensors.py, which says what it does: in the program, so that no file has to be found when it runs.
[[nodiscard]] std::string_view peerScript();

} // namespace weightroom::engine

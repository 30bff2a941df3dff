// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"

#include <string_view>

namespace weightroom::engine {

/// What an operation's error is to HTTP. 401 and 403 for a token, and what concerns the request itself (405, 408, 413,
/// 415, 431), come from the door and not from an operation.
[[nodiscard]] unsigned statusOf(ErrorCode code);

/// "Not Found"; for all that this server answers with.
[[nodiscard]] std::string_view reasonOf(unsigned status);

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/rest/rest_message.h"

#include <ctime>
#include <string>

namespace weightroom::engine {

/// What becomes of the connection after an answer.
enum class AfterAnswer : std::uint8_t { KeepOpen = 0, Close };

/// The bytes of an answer before its body: the status, what every answer of this server says, and its own headers.
/// Nothing in it comes from a request, so that nobody can put a header of their own in there.
[[nodiscard]] std::string responseHead(const RestResponse& response, AfterAnswer after, std::time_t now);

} // namespace weightroom::engine

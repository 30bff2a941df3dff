// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Sends the beginning of `line`, which is not empty, with copies of the descriptors (SCM_RIGHTS) by a Unix socket,
/// without waiting. Answers with the bytes that went, and the descriptors with the first of them; 0: nothing, the
/// socket takes nothing now. Errors: InvalidValue, for more descriptors than kMostDescriptors; IoError, also when the
/// user has more descriptors under way than the system allows.
[[nodiscard]] Result<std::size_t> sendDescriptors(
    int socket, std::string_view line, const std::vector<UniqueFd>& descriptors);

/// In one message; the system's own limit is 253.
inline constexpr std::size_t kMostDescriptors = 16;

} // namespace weightroom::engine

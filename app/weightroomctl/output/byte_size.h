// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <optional>
#include <string_view>

namespace weightroom::ctl {

/// "8GiB", "512 MiB", "2GB", "1048576" → bytes; nothing for anything else, and for what does not fit into 64 bits.
/// Units: KiB MiB GiB TiB (1024) and kB MB GB TB (1000), in any case; no unit: bytes.
[[nodiscard]] std::optional<engine::Bytes> parseByteSize(std::string_view text);

} // namespace weightroom::ctl

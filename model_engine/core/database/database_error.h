// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"

#include <filesystem>
#include <string_view>

struct sqlite3;

namespace weightroom::engine {

/// The error for a result code of SQLite, with the path and what SQLite and the system say. Set errno to 0 before the
/// call that gives the code. `connection` may be nullptr.
[[nodiscard]] Error databaseError(
    sqlite3* connection, int code, std::string_view what, const std::filesystem::path& path);

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database_file.h"

namespace weightroom::engine {

/// Of catalog.sqlite3.
[[nodiscard]] const DatabaseSchema& storeSchema();

} // namespace weightroom::engine

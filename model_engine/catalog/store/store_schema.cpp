// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/store_schema.h"

#include <array>

namespace weightroom::engine {
namespace {

constexpr std::uint32_t kApplicationId = 0x57526361; // "WRca"

/// Rows are added below, and never changed: there are files that went through them.
constexpr std::array kMigrations{
    // What the user has chosen for a model outlives its rows: the model may lie on a drive that is not plugged in.
    "CREATE TABLE model_settings(model_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID",
};

constexpr DatabaseSchema kSchema{kApplicationId, kMigrations};

} // namespace

const DatabaseSchema& storeSchema() { return kSchema; }

} // namespace weightroom::engine

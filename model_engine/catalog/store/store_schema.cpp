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
    // Paths are bytes. `record` is what was read of the model, for builds of this revision; `gone_since` in seconds.
    "CREATE TABLE model(model_id TEXT PRIMARY KEY, path BLOB NOT NULL, content_key TEXT NOT NULL, revision TEXT NOT "
    "NULL,"
    " record BLOB NOT NULL, checksum INTEGER NOT NULL, gone_since INTEGER) STRICT;"
    "CREATE TABLE model_file(model_id TEXT NOT NULL REFERENCES model ON DELETE CASCADE, number INTEGER NOT NULL,"
    " path BLOB NOT NULL, name_prefix TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,"
    " size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL, read_changed_ns INTEGER,"
    " PRIMARY KEY(model_id, number)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE folder_scan(path BLOB PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID",
    // Hashes hold for one state of a file. Without a reference to the model: its rows are written anew when it is read.
    "CREATE TABLE file_hash(model_id TEXT NOT NULL, number INTEGER NOT NULL, inode INTEGER NOT NULL,"
    " size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL, document TEXT NOT NULL,"
    " PRIMARY KEY(model_id, number)) STRICT, WITHOUT ROWID",
};

constexpr DatabaseSchema kSchema{kApplicationId, kMigrations};

} // namespace

const DatabaseSchema& storeSchema() { return kSchema; }

} // namespace weightroom::engine

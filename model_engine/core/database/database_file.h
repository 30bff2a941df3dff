// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/database/database.h"
#include "model_engine/core/files/file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

namespace weightroom::engine {

/// What a database of ours is.
struct DatabaseSchema {
    std::uint32_t applicationId = 0; ///< stands in the file, so that no other program's is taken for it; not 0
    /// Statements that lead from each version of the schema to the next: [0] makes version 1. Rows are added and never
    /// changed; the file says which were carried out.
    std::span<const char* const> migrations;
};

/// A database of ours, open.
struct DatabaseFile {
    UniqueFd lock; ///< of the one who may write; given back after the database was closed
    Database database;
    /// Damage that was found: the file lies beside the new, empty one, under the path in `damage->context.path`.
    std::optional<Error> damage{};
    /// Why it can only be read: FileInUse, another process writes; PermissionDenied, the folder is read-only. Absent:
    /// it can be written.
    std::optional<Error> readOnlyReason{};
};

/// Opens a database of ours, and makes it and its folder where they are missing. Who comes first writes; everybody
/// else, in this or another process, gets it read-only. The schema is brought to the newest version. A damaged file is
/// set aside under a new name, and an empty one takes its place; nothing else is ever a reason to. May take a while:
/// all of the file is looked at. Errors: Unsupported for another program's file, and for a schema that is newer than
/// `schema` or, without the right to write, older; those of Database.
[[nodiscard]] Result<DatabaseFile> openDatabaseFile(
    const std::filesystem::path& path, const DatabaseSchema& schema, const Clock& clock);

/// Brings a database of ours to the newest schema, each step in one transaction. openDatabaseFile() does so by itself;
/// for databases in memory. Errors: those of Database.
[[nodiscard]] Result<> migrateDatabase(const Database& database, const DatabaseSchema& schema);

/// Opens the database of another program for reading, and leaves nothing beside it: where its owner is not at work, it
/// is read without locks, so read what is needed and close it. Errors: those of Database.
[[nodiscard]] Result<Database> openForeignDatabase(const std::filesystem::path& path);

} // namespace weightroom::engine

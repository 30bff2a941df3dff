// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/scan/scanner.h"
#include "model_engine/core/database/database.h"

#include <filesystem>
#include <map>
#include <span>
#include <vector>

namespace weightroom::engine {

using StoredScans = std::map<std::filesystem::path, DirectoryScan>;

// The table folder_scan: what the last scan of a directory counted. Errors: those of Database.

/// A row that cannot be read is left out.
[[nodiscard]] Result<StoredScans> readScans(const Database& database);
[[nodiscard]] Result<> writeScan(const Database& database, const DirectoryScan& scan);

/// Those that say something new: other figures than `rows` has, or a time that is half an hour younger.
[[nodiscard]] std::vector<DirectoryScan> scansToWrite(const StoredScans& rows, std::span<const DirectoryScan> scans);

} // namespace weightroom::engine

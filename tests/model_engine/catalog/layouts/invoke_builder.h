// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/core/json.h"
#include "tests/support/temporary_folder.h"

#include <string>
#include <vector>

namespace weightroom::test {

/// The rows of a model's configuration.
[[nodiscard]] inline engine::Json invokeConfig(const std::string& path, const std::string& name)
{
    return {{"key", "k"}, {"path", path}, {"name", name}, {"base", "sdxl"}, {"type", "main"}};
}

/// Makes a database as InvokeAI has it, with its tables or those of another version; it stays open as while the program
/// runs. `journal`: "delete" or "wal".
[[nodiscard]] inline engine::Result<engine::Database> makeInvokeDatabase(const std::filesystem::path& root,
    const std::vector<std::string>& configs, const std::string& journal = "delete", const std::string& table = "models")
{
    std::filesystem::create_directories(root / "databases");
    auto database = engine::Database::open(root / "databases/invokeai.db", engine::DatabaseAccess::Write);
    if (!database)
        return database;
    const std::string sql = "PRAGMA trusted_schema=ON;PRAGMA journal_mode=" + journal + ";CREATE TABLE " + table
        + "(id TEXT PRIMARY KEY, path TEXT GENERATED ALWAYS as (json_extract(config, '$.path')) VIRTUAL, config TEXT)";
    if (auto made = database->execute(sql); !made)
        return engine::fail(std::move(made).error());
    for (std::size_t i = 0; i < configs.size(); ++i) {
        auto insert = database->prepare("INSERT INTO " + table + "(id, config) VALUES(?1, ?2)");
        if (!insert)
            return engine::fail(std::move(insert).error());
        if (auto done = insert->bindText(1, std::to_string(i)).bindText(2, configs[i]).run(); !done)
            return engine::fail(std::move(done).error());
    }
    return database;
}

} // namespace weightroom::test

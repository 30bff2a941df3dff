// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database_file.h"
#include "model_engine/core/system/log.h"

#include <filesystem>
#include <optional>
#include <string>

namespace weightroom::engine {

/// A database of ours that is opened when it is first used, and begun anew when it is damaged, which is logged. While
/// another process writes, it is opened anew with each use, so that this one writes when that has ended. One thread at
/// a time. Errors of its functions: those of openDatabaseFile().
class KeptDatabase {
public:
    /// `file` empty: there is none. `content` says in the log what is lost with it. `schema` must outlive it.
    KeptDatabase(std::filesystem::path file, const DatabaseSchema& schema, std::string content, const Clock& clock,
        LogSink& log);

    [[nodiscard]] bool isOnDisk() const { return !m_path.empty(); }
    /// To read; lives until the next call.
    [[nodiscard]] Result<const Database*> open();
    /// Errors also: why it can only be read, FileInUse for one.
    [[nodiscard]] Result<const Database*> openForWriting();

private:
    const std::filesystem::path m_path;
    const DatabaseSchema& m_schema;
    const std::string m_content;
    const Clock& m_clock;
    LogSink& m_log;
    std::optional<DatabaseFile> m_file;
};

} // namespace weightroom::engine

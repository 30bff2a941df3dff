// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/database/kept_database.h"

#include <utility>

namespace weightroom::engine {

KeptDatabase::KeptDatabase(
    std::filesystem::path file, const DatabaseSchema& schema, std::string content, const Clock& clock, LogSink& log)
    : m_path(std::move(file))
    , m_schema(schema)
    , m_content(std::move(content))
    , m_clock(clock)
    , m_log(log)
{
}

Result<const Database*> KeptDatabase::open()
{
    if (m_file && !m_file->readOnlyReason)
        return &m_file->database;
    m_file.reset(); // first: a file that is open for reading would keep others from what comes
    auto file = openDatabaseFile(m_path, m_schema, m_clock);
    if (!file)
        return fail(std::move(file).error());
    if (file->damage)
        m_log.write(LogLevel::Warning, m_content + ": " + describe(*file->damage));
    m_file = std::move(*file);
    return &m_file->database;
}

Result<const Database*> KeptDatabase::openForWriting()
{
    auto database = open();
    if (database && m_file->readOnlyReason)
        return fail(*m_file->readOnlyReason);
    return database;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/database/database.h"

#include "model_engine/core/database/database_error.h"

#include <cerrno>
#include <sqlite3.h>
#include <utility>

namespace weightroom::engine {

Statement::Statement(sqlite3_stmt* statement, const std::filesystem::path& path)
    : m_statement(statement)
    , m_path(path)
{
}

Statement::Statement(Statement&& other) noexcept
    : m_statement(std::exchange(other.m_statement, nullptr))
    , m_path(std::move(other.m_path))
    , m_bindFailure(other.m_bindFailure)
{
}

Statement& Statement::operator=(Statement&& other) noexcept
{
    std::swap(m_statement, other.m_statement);
    std::swap(m_path, other.m_path);
    std::swap(m_bindFailure, other.m_bindFailure);
    return *this;
}

Statement::~Statement() { sqlite3_finalize(m_statement); }

void Statement::note(int code)
{
    if (m_bindFailure == SQLITE_OK)
        m_bindFailure = code;
}

Error Statement::failure(int code) const
{
    const char* sql = sqlite3_sql(m_statement);
    Error error = databaseError(sqlite3_db_handle(m_statement), code, "use", m_path);
    if (sql != nullptr)
        error.detail.append(", in: ").append(sql);
    return error;
}

Statement& Statement::bindInteger(int place, std::int64_t value)
{
    note(sqlite3_bind_int64(m_statement, place, value));
    return *this;
}

Statement& Statement::bindReal(int place, double value)
{
    note(sqlite3_bind_double(m_statement, place, value));
    return *this;
}

Statement& Statement::bindText(int place, std::string_view text)
{
    const char* begin = text.empty() ? "" : text.data(); // a null pointer would bind NULL
    note(sqlite3_bind_text64(m_statement, place, begin, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8)); // NOLINT
    return *this;
}

Statement& Statement::bindBlob(int place, std::span<const std::byte> bytes)
{
    static constexpr std::byte kNone{};
    const std::byte* begin = bytes.empty() ? &kNone : bytes.data();
    note(sqlite3_bind_blob64(m_statement, place, begin, bytes.size(), SQLITE_TRANSIENT)); // NOLINT
    return *this;
}

Statement& Statement::bindNull(int place)
{
    note(sqlite3_bind_null(m_statement, place));
    return *this;
}

Result<bool> Statement::step()
{
    errno = 0;
    const int code = m_bindFailure != SQLITE_OK ? std::exchange(m_bindFailure, SQLITE_OK) : sqlite3_step(m_statement);
    if (code == SQLITE_ROW)
        return true;
    Result<bool> outcome = false;
    if (code != SQLITE_DONE)
        outcome = fail(failure(code));
    sqlite3_reset(m_statement); // tells the same error again
    return outcome;
}

Result<> Statement::run()
{
    for (;;) {
        auto row = step();
        if (!row)
            return fail(std::move(row).error());
        if (!*row)
            return {};
    }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_statement, column); }

double Statement::real(int column) const { return sqlite3_column_double(m_statement, column); }

std::string Statement::text(int column) const
{
    const void* begin = sqlite3_column_text(m_statement, column); // before the size: it may convert
    const int size = sqlite3_column_bytes(m_statement, column);
    return begin == nullptr ? std::string{}
                            : std::string(static_cast<const char*>(begin), static_cast<std::size_t>(size));
}

std::span<const std::byte> Statement::blob(int column) const
{
    const void* begin = sqlite3_column_blob(m_statement, column);
    const int size = sqlite3_column_bytes(m_statement, column);
    return {static_cast<const std::byte*>(begin), static_cast<std::size_t>(begin == nullptr ? 0 : size)};
}

bool Statement::isNull(int column) const { return sqlite3_column_type(m_statement, column) == SQLITE_NULL; }

} // namespace weightroom::engine

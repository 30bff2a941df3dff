// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/database/database.h"

#include "model_engine/core/database/database_error.h"
#include "model_engine/core/files/file.h"

#include <cerrno>
#include <sqlite3.h>
#include <system_error>
#include <utility>

namespace weightroom::engine {
namespace {

/// Longer than any transaction of ours; who waits longer is told.
constexpr int kBusyMilliseconds = 5000;
/// The longest text or blob that is believed: no row of ours, and none of those that are imported, comes near it.
constexpr int kLongestValue = 64 << 20;

/// A path as a URI: whatever is in it stays a path.
std::string uriOf(const std::filesystem::path& path, std::string_view query)
{
    static constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char letter : path.string()) {
        const auto byte = static_cast<unsigned char>(letter);
        if (kPlain.find(letter) != std::string_view::npos)
            uri += letter;
        else
            uri.append({'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]});
    }
    return uri.append(query);
}

} // namespace

Database::Database(sqlite3* connection, std::filesystem::path path)
    : m_connection(connection)
    , m_path(std::move(path))
{
}

Database::Database(Database&& other) noexcept
    : m_connection(std::exchange(other.m_connection, nullptr))
    , m_path(std::move(other.m_path))
{
}

Database& Database::operator=(Database&& other) noexcept
{
    std::swap(m_connection, other.m_connection);
    std::swap(m_path, other.m_path);
    return *this;
}

Database::~Database() { sqlite3_close_v2(m_connection); }

Error Database::failure(int code, std::string_view what) const
{
    return databaseError(m_connection, code, what, m_path);
}

Result<Database> Database::open(const std::filesystem::path& path, DatabaseAccess access)
{
    std::error_code failed;
    const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
    if (failed)
        return fail(systemError(failed.value(), "find", path));
    // Absolute, so that it is never one of SQLite's own names (":memory:", "").
    if (access == DatabaseAccess::Write)
        return connect(absolute.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, absolute);
    if (access == DatabaseAccess::ReadOnly)
        return connect(absolute.string(), SQLITE_OPEN_READONLY, absolute);
    return connect(uriOf(absolute, "?immutable=1"), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, absolute);
}

Result<Database> Database::openInMemory()
{
    return connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, ":memory:");
}

Result<Database> Database::connect(const std::string& name, int flags, const std::filesystem::path& path)
{
    sqlite3* connection = nullptr;
    errno = 0;
    const int code =
        sqlite3_open_v2(name.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    Database database{connection, path}; // also after an error there is something to close
    if (code != SQLITE_OK)
        return fail(database.failure(code, "open"));
    if (auto configured = database.configure(); !configured)
        return fail(std::move(configured).error());
    return database;
}

/// What a hostile file could make of a connection is switched off; mapped files would turn a read error into a signal.
Result<> Database::configure() const
{
    sqlite3_busy_timeout(m_connection, kBusyMilliseconds);
    sqlite3_limit(m_connection, SQLITE_LIMIT_LENGTH, kLongestValue);
    sqlite3_db_config(m_connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(m_connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return execute("PRAGMA mmap_size=0; PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON;");
}

Result<Statement> Database::prepare(std::string_view sql) const
{
    sqlite3_stmt* statement = nullptr;
    errno = 0;
    const int code = sqlite3_prepare_v3(
        m_connection, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
        Error error = failure(code, "use");
        error.detail.append(", in: ").append(sql);
        return fail(std::move(error));
    }
    return Statement{statement, m_path};
}

Result<> Database::execute(const std::string& sql) const
{
    errno = 0;
    if (const int code = sqlite3_exec(m_connection, sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
        return fail(failure(code, "use"));
    return {};
}

Result<std::int64_t> Database::number(std::string_view sql) const
{
    auto statement = prepare(sql);
    if (!statement)
        return fail(std::move(statement).error());
    auto row = statement->step();
    if (!row)
        return fail(std::move(row).error());
    return *row ? statement->integer(0) : 0;
}

Result<bool> Database::usesWriteAheadLog() const
{
    // Through SQLite: closing a descriptor of our own would drop the locks that this process holds on the file.
    constexpr sqlite3_int64 kWriteVersionAt = 18; // of the file format: 1 with a rollback journal, 2 with a log
    constexpr std::uint8_t kWriteAheadLog = 2;
    sqlite3_file* file = nullptr;
    errno = 0;
    int code = sqlite3_file_control(m_connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr)
        return fail(failure(code, "look into"));
    std::uint8_t version = 0;
    code = file->pMethods->xRead(file, &version, 1, kWriteVersionAt);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) // an empty file has no header yet
        return fail(failure(code, "read"));
    return version == kWriteAheadLog;
}

bool Database::isIdle() const { return sqlite3_get_autocommit(m_connection) != 0; }

Transaction::Transaction(const Database& database)
    : m_database(&database)
{
}

Transaction::Transaction(Transaction&& other) noexcept
    : m_database(std::exchange(other.m_database, nullptr))
{
}

Transaction::~Transaction()
{
    // After some errors SQLite has rolled back by itself.
    if (m_database == nullptr || m_database->isIdle())
        return;
    if (auto rolledBack = m_database->execute("ROLLBACK"); !rolledBack)
        return; // nothing more can be done: closing the database does it
}

Result<Transaction> Transaction::begin(const Database& database)
{
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun)
        return fail(std::move(begun).error());
    return Transaction{database};
}

Result<> Transaction::commit() { return m_database->execute("COMMIT"); }

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

// SQLite, with errors as values and with owners for what it hands out. How Weightroom opens its own databases, and
// those of others, is in core/database/database_file.h.

namespace weightroom::engine {

/// How a database is opened. Immutable: nobody writes it meanwhile, so that no lock is taken and no file is made
/// beside it; what stands in a write-ahead log beside it is not seen.
enum class DatabaseAccess : std::uint8_t { Unknown = 0, Write, ReadOnly, Immutable };

/// A prepared statement. Values are bound to ?1, ?2, …; columns are counted from 0. It belongs to its database, and
/// must end before it.
///
///     auto found = database.prepare("SELECT name FROM model WHERE size > ?1");
///     found->bindInteger(1, 4096);
///     for (auto row = found->step(); row && *row; row = found->step()) …
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    // What cannot be bound is an error of the next step(). Text and bytes are copied.
    Statement& bindInteger(int place, std::int64_t value);
    Statement& bindReal(int place, double value);
    Statement& bindText(int place, std::string_view text);
    Statement& bindBlob(int place, std::span<const std::byte> bytes);
    Statement& bindNull(int place);

    /// To the next row: false when there is none, and the statement can be bound and run again. Errors: see Database.
    [[nodiscard]] Result<bool> step();
    /// Runs a statement that gives no rows, or none that anybody looks at.
    [[nodiscard]] Result<> run();

    // The row that step() has reached. NULL reads as 0 and as nothing.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::span<const std::byte> blob(int column) const; ///< lives until the next step()
    [[nodiscard]] bool isNull(int column) const;

private:
    friend class Database;
    Statement(sqlite3_stmt* statement, const std::filesystem::path& path);
    void note(int code);
    [[nodiscard]] Error failure(int code) const;

    sqlite3_stmt* m_statement;
    std::filesystem::path m_path; ///< for errors
    int m_bindFailure = 0;
};

/// A connection. Used by one thread at a time; its statements count as it. Errors of all its functions:
/// InvalidFormat for a damaged file and nothing else; Unsupported for SQL that does not fit what is there (another
/// schema); FileInUse while another program holds it; PermissionDenied, DiskFull, NotFound, IoError,
/// OutOfHostMemory; all with the path.
class Database {
public:
    /// Opens a file, for Write makes it. What SQL in the file could do is limited (no extensions, no trusted schema).
    [[nodiscard]] static Result<Database> open(const std::filesystem::path& path, DatabaseAccess access);
    /// One that lives as long as the object.
    [[nodiscard]] static Result<Database> openInMemory();

    Database(Database&& other) noexcept;
    Database& operator=(Database&& other) noexcept;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// One statement.
    [[nodiscard]] Result<Statement> prepare(std::string_view sql) const;
    /// Any number of statements that give no rows.
    [[nodiscard]] Result<> execute(const std::string& sql) const;
    /// The number that a statement like "PRAGMA user_version" gives; 0 when it gives none.
    [[nodiscard]] Result<std::int64_t> number(std::string_view sql) const;

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// Whether writers of the file use a write-ahead log: then a reader needs the files beside it.
    [[nodiscard]] Result<bool> usesWriteAheadLog() const;
    /// False in the middle of a transaction.
    [[nodiscard]] bool isIdle() const;

private:
    Database(sqlite3* connection, std::filesystem::path path);
    [[nodiscard]] static Result<Database> connect(
        const std::string& name, int flags, const std::filesystem::path& path);
    [[nodiscard]] Result<> configure() const;
    [[nodiscard]] Error failure(int code, std::string_view what) const;

    sqlite3* m_connection;
    std::filesystem::path m_path;
};

/// Changes that are made together or not at all: without commit() its end takes them back. One at a time, and it must
/// end before its database.
class Transaction {
public:
    /// Errors: FileInUse when somebody else writes.
    [[nodiscard]] static Result<Transaction> begin(const Database& database);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// Call it once. After an error everything is as before begin().
    [[nodiscard]] Result<> commit();

private:
    explicit Transaction(const Database& database);

    const Database* m_database; ///< nullptr when it is over
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/database/database_error.h"

#include "model_engine/core/files/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sqlite3.h>
#include <string>
#include <system_error>

namespace weightroom::engine {
namespace {

struct CodeRow {
    int sqlite; ///< the primary code
    ErrorCode code;
};

/// What is not here goes by errno: SQLITE_IOERR, SQLITE_CANTOPEN and the rest.
constexpr std::array<CodeRow, 13> kCodes{{
    {SQLITE_CORRUPT, ErrorCode::InvalidFormat},
    {SQLITE_NOTADB, ErrorCode::InvalidFormat},
    {SQLITE_ERROR, ErrorCode::Unsupported},
    {SQLITE_SCHEMA, ErrorCode::Unsupported},
    {SQLITE_FORMAT, ErrorCode::Unsupported},
    {SQLITE_BUSY, ErrorCode::FileInUse},
    {SQLITE_LOCKED, ErrorCode::FileInUse},
    {SQLITE_READONLY, ErrorCode::PermissionDenied},
    {SQLITE_PERM, ErrorCode::PermissionDenied},
    {SQLITE_FULL, ErrorCode::DiskFull},
    {SQLITE_NOMEM, ErrorCode::OutOfHostMemory},
    {SQLITE_TOOBIG, ErrorCode::InvalidValue},
    {SQLITE_MISUSE, ErrorCode::Internal},
}};

constexpr int primary(int code) { return code & 0xFF; }

/// SQLite forgets the system's number of some calls (a failed commit gives 0): then errno still has it, which every
/// call begins with at 0. ENOENT is what looking for a journal that need not be there leaves behind.
int systemNumber(sqlite3* connection)
{
    const int kept = connection == nullptr ? 0 : sqlite3_system_errno(connection);
    if (kept != 0)
        return kept;
    return errno == ENOENT ? 0 : errno;
}

bool isOfSystem(int code) { return primary(code) == SQLITE_IOERR || primary(code) == SQLITE_CANTOPEN; }

/// The connection remembers its last error only, which need not be this one.
std::string_view messageOf(sqlite3* connection, int code)
{
    const bool isLast = connection != nullptr && sqlite3_extended_errcode(connection) == code;
    return isLast ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
}

ErrorCode codeOf(int code)
{
    const auto row = std::ranges::find(kCodes, primary(code), &CodeRow::sqlite);
    if (row != kCodes.end())
        return row->code;
    return isOfSystem(code) ? ErrorCode::IoError : ErrorCode::Internal;
}

} // namespace

Error databaseError(sqlite3* connection, int code, std::string_view what, const std::filesystem::path& path)
{
    const int number = isOfSystem(code) ? systemNumber(connection) : 0;
    Error error{codeOf(code), "could not "};
    error.detail.append(what).append(" the database '").append(path.string()).append("': ");
    error.detail.append(messageOf(connection, code));
    error.context.path = path.string();
    if (number != 0) {
        error.code = systemError(number, what, path).code;
        error.detail += " (" + std::generic_category().message(number) + ")";
        error.context.systemCode = number;
    }
    return error;
}

} // namespace weightroom::engine

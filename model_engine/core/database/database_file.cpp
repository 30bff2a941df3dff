// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/database/database_file.h"

#include "model_engine/core/files/file_lock.h"
#include "model_engine/core/files/file_system.h"

#include <charconv>
#include <iomanip>
#include <sqlite3.h>
#include <sstream>
#include <utility>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

path besideOf(const path& file, std::string_view ending)
{
    path beside = file;
    beside += ending;
    return beside;
}

/// As the XDG specification has it, a folder that is made belongs to its user alone.
Result<> makeFolder(const path& folder)
{
    std::error_code failed;
    const bool isNew = std::filesystem::create_directories(folder, failed);
    if (failed)
        return fail(systemError(failed.value(), "create the folder", folder));
    if (isNew)
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
    return {};
}

tl::unexpected<Error> unsupported(const path& file, std::string detail)
{
    return fail(ErrorCode::Unsupported, "'" + file.string() + "' " + std::move(detail), {.path = file.string()});
}

/// How many migrations were carried out. Tells whose file it is before anything in it is changed.
Result<std::size_t> versionOf(const Database& database, const DatabaseSchema& schema)
{
    const auto owner = database.number("PRAGMA application_id");
    if (!owner)
        return fail(owner.error());
    const auto version = database.number("PRAGMA user_version");
    if (!version)
        return fail(version.error());
    const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
    if (!tables)
        return fail(tables.error());
    const bool isEmpty = *owner == 0 && *version == 0 && *tables == 0;
    if (!isEmpty && *owner != schema.applicationId)
        return unsupported(database.path(), "is a database of another program, it is left alone");
    if (std::cmp_less(schema.migrations.size(), *version) || *version < 0) {
        return unsupported(database.path(),
            "was written by a newer version of Weightroom (schema " + std::to_string(*version) + ", this one knows "
                + std::to_string(schema.migrations.size()) + "), it is left alone");
    }
    return static_cast<std::size_t>(*version);
}

/// The check lists what it could not read among what is damaged, and says which only by SQLite's number.
ErrorCode codeOfFinding(std::string_view finding)
{
    constexpr std::string_view kMark = "error code=";
    const std::size_t at = finding.find(kMark);
    if (at == std::string_view::npos)
        return ErrorCode::InvalidFormat;
    int code = 0;
    const std::string_view digits = finding.substr(at + kMark.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), code);
    const int primary = code & 0xFF;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? ErrorCode::InvalidFormat : ErrorCode::IoError;
}

Result<> checkWhole(const Database& database)
{
    auto check = database.prepare("PRAGMA quick_check(1)");
    if (!check)
        return fail(std::move(check).error());
    for (;;) {
        auto row = check->step();
        if (!row)
            return fail(std::move(row).error());
        if (!*row)
            return {};
        const std::string finding = check->text(0);
        if (finding != "ok") {
            return fail(codeOfFinding(finding), "'" + database.path().string() + "' did not pass the check: " + finding,
                {.path = database.path().string()});
        }
    }
}

/// The log needs memory that all users of the file share, which no network gives.
Result<> chooseJournal(const Database& database)
{
    const bool isLocal = fileSystemKindOf(database.path()) == FileSystemKind::Local;
    return database.execute(isLocal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=TRUNCATE");
}

Result<Database> openToWrite(const path& file, const DatabaseSchema& schema)
{
    auto database = Database::open(file, DatabaseAccess::Write);
    if (!database)
        return database;
    const auto version = versionOf(*database, schema);
    if (!version)
        return fail(version.error());
    if (auto whole = checkWhole(*database); !whole)
        return fail(std::move(whole).error());
    if (auto chosen = chooseJournal(*database); !chosen)
        return fail(std::move(chosen).error());
    if (auto migrated = migrateDatabase(*database, schema); !migrated)
        return fail(std::move(migrated).error());
    return database;
}

/// A reader of a log that cannot make the files beside it, and finds none, has nothing to miss in them.
Result<Database> openToReadFrom(const path& file)
{
    auto database = Database::open(file, DatabaseAccess::ReadOnly);
    auto reached = database ? database->number("PRAGMA user_version") : Result<std::int64_t>(fail(database.error()));
    if (reached)
        return database;
    auto still = Database::open(file, DatabaseAccess::Immutable);
    if (!still)
        return database ? Result<Database>(fail(std::move(reached).error())) : std::move(database);
    const auto usesLog = still->usesWriteAheadLog();
    if (!usesLog || !*usesLog || std::filesystem::exists(besideOf(file, "-wal")))
        return fail(std::move(reached).error());
    return still;
}

Result<Database> openToRead(const path& file, const DatabaseSchema& schema)
{
    auto database = openToReadFrom(file);
    if (!database)
        return database;
    const auto version = versionOf(*database, schema);
    if (!version)
        return fail(version.error());
    if (*version != schema.migrations.size()) {
        return unsupported(database->path(),
            "has the schema of an older version of Weightroom, and only who may write can bring it to the newest");
    }
    return database;
}

/// "catalog.sqlite3.damaged-20261125T224501Z", and "-2" and so on where that is taken.
path nameForDamaged(const path& file, const Clock& clock)
{
    std::string stamp = toIsoText(clock.wallTime(), IsoPrecision::Seconds);
    std::erase_if(stamp, [](char letter) { return letter == '-' || letter == ':'; });
    const path first = besideOf(file, ".damaged-" + stamp);
    path name = first;
    std::error_code ignored;
    for (int count = 2; std::filesystem::exists(std::filesystem::symlink_status(name, ignored)); ++count)
        name = besideOf(first, "-" + std::to_string(count));
    return name;
}

/// The log goes along, for who wants to recover something; shared memory is of no use without its connections.
Result<path> setAside(const path& file, const Clock& clock)
{
    path aside = nameForDamaged(file, clock);
    std::error_code failed;
    std::filesystem::rename(file, aside, failed);
    if (failed)
        return fail(systemError(failed.value(), "rename", file));
    std::error_code ignored;
    for (const std::string_view ending : {"-wal", "-journal"})
        std::filesystem::rename(besideOf(file, ending), besideOf(aside, ending), ignored);
    std::filesystem::remove(besideOf(file, "-shm"), ignored);
    return aside;
}

Result<DatabaseFile> openLocked(UniqueFd lock, const path& file, const DatabaseSchema& schema, const Clock& clock)
{
    auto database = openToWrite(file, schema);
    if (database)
        return DatabaseFile{std::move(lock), std::move(*database)};
    Error damage = database.error();
    if (damage.code != ErrorCode::InvalidFormat)
        return fail(std::move(damage));
    auto aside = setAside(file, clock);
    if (!aside)
        return fail(std::move(aside).error());
    database = openToWrite(file, schema);
    if (!database)
        return fail(std::move(database).error());
    damage.context.path = aside->string();
    return DatabaseFile{std::move(lock), std::move(*database), std::move(damage)};
}

} // namespace

Result<> migrateDatabase(const Database& database, const DatabaseSchema& schema)
{
    const auto before = versionOf(database, schema);
    if (!before)
        return fail(before.error());
    for (std::size_t version = *before; version < schema.migrations.size(); ++version) {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction).error());
        const std::string step = schema.migrations[version] + std::string{";PRAGMA application_id="}
            + std::to_string(schema.applicationId) + ";PRAGMA user_version=" + std::to_string(version + 1);
        if (auto done = database.execute(step); !done)
            return done;
        if (auto committed = transaction->commit(); !committed)
            return committed;
    }
    return {};
}

Result<DatabaseFile> openDatabaseFile(const path& file, const DatabaseSchema& schema, const Clock& clock)
{
    auto folder = makeFolder(file.parent_path());
    if (!folder)
        return fail(std::move(folder).error());
    auto lock = lockFile(besideOf(file, ".lock"), file);
    if (lock)
        return openLocked(std::move(*lock), file, schema, clock);
    const ErrorCode why = lock.error().code;
    if (why != ErrorCode::FileInUse && why != ErrorCode::PermissionDenied)
        return fail(std::move(lock).error());
    auto database = openToRead(file, schema);
    if (!database)
        return fail(std::move(database).error());
    return DatabaseFile{UniqueFd{}, std::move(*database), {}, std::move(lock).error()};
}

Result<Database> openForeignDatabase(const path& file)
{
    // Without locks and without making anything, until it is known what the file is and who uses it.
    auto database = Database::open(file, DatabaseAccess::Immutable);
    if (!database)
        return database;
    const auto usesLog = database->usesWriteAheadLog();
    if (!usesLog)
        return fail(usesLog.error());
    std::error_code ignored;
    if (*usesLog && !std::filesystem::exists(besideOf(file, "-wal"), ignored))
        return database;
    return Database::open(file, DatabaseAccess::ReadOnly);
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/known_content_store.h"

#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::uint32_t kApplicationId = 0x57526374; // "WRct"

/// Rows are added below, and never changed: there are files that went through them.
constexpr std::array kMigrations{
    // One row per path, of the file's last state; `number` is the order. Without the device's number, which machines
    // give anew when they start. `contents`: Row by Row.
    "CREATE TABLE file_contents(number INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, inode INTEGER NOT NULL,"
    " size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL, contents BLOB NOT NULL) STRICT",
};

constexpr DatabaseSchema kSchema{kApplicationId, kMigrations};

/// How a content stands in the file: 32 bytes, in the order of the tensors.
struct Row {
    std::uint64_t id = 0; ///< 0: nothing is known of the tensor
    std::uint64_t size = 0;
    std::uint64_t hashHigh = 0;
    std::uint64_t hashLow = 0;
};
static_assert(std::is_trivially_copyable_v<Row> && std::has_unique_object_representations_v<Row>);
static_assert(std::endian::native == std::endian::little, "the file is read on machines of one kind only");

std::vector<Row> rowsOf(const KnownContents::OfFile& contents)
{
    std::vector<Row> rows;
    rows.reserve(contents.size());
    for (const auto& [digest, id] : contents)
        rows.push_back({id.number, digest.size.value, digest.hash.high, digest.hash.low});
    return rows;
}

/// Nothing where these are no rows.
KnownContents::OfFile contentsFrom(std::span<const std::byte> bytes)
{
    if (bytes.size() % sizeof(Row) != 0)
        return {};
    KnownContents::OfFile contents(bytes.size() / sizeof(Row));
    for (ContentLabel& label : contents) {
        Row row;
        std::memcpy(&row, bytes.data(), sizeof(Row));
        bytes = bytes.subspan(sizeof(Row));
        label = {{Bytes{row.size}, {row.hashHigh, row.hashLow}}, {row.id}};
    }
    return contents;
}

/// A path is bytes, and need not be text.
std::span<const std::byte> bytesOf(const std::filesystem::path& path)
{
    return std::as_bytes(std::span{path.native()});
}

/// Numbers of 64 bits without a sign, and back, as the file has them.
std::int64_t stored(std::uint64_t number) { return std::bit_cast<std::int64_t>(number); }

Result<> insert(const Database& database, std::span<const KnownFile> files)
{
    auto statement = database.prepare("INSERT OR REPLACE INTO file_contents(path, inode, size, modified_ns, changed_ns,"
                                      " contents) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    if (!statement)
        return fail(std::move(statement).error());
    for (const auto& [path, identity, contents] : files) {
        const std::vector<Row> rows = rowsOf(contents);
        statement->bindBlob(1, bytesOf(path)).bindInteger(2, stored(identity.inode));
        statement->bindInteger(3, stored(identity.size.value)).bindInteger(4, identity.modifiedNs);
        statement->bindInteger(5, identity.changedNs).bindBlob(6, std::as_bytes(std::span{rows}));
        if (auto done = statement->run(); !done)
            return done;
    }
    return {};
}

Result<> removeOldest(const Database& database)
{
    auto remove = database.prepare("DELETE FROM file_contents WHERE number NOT IN"
                                   " (SELECT number FROM file_contents ORDER BY number DESC LIMIT ?1)");
    if (!remove)
        return fail(std::move(remove).error());
    remove->bindInteger(1, static_cast<std::int64_t>(KnownContents::kMostFiles));
    return remove->run();
}

} // namespace

KnownContentStore::KnownContentStore(const std::filesystem::path& dataFolder, const Clock& clock, LogSink& log)
    : m_file(dataFolder.empty() ? std::filesystem::path{} : dataFolder / "contents.sqlite3", kSchema,
        "What was known of equal tensors", clock, log)
{
}

Result<KnownContents::OfFile> KnownContentStore::find(const std::filesystem::path& path, const FileIdentity& identity)
{
    if (!m_file.isOnDisk())
        return KnownContents::OfFile{};
    const std::lock_guard lock{m_mutex};
    const auto database = m_file.open();
    if (!database)
        return fail(database.error());
    auto select = (*database)->prepare("SELECT contents FROM file_contents WHERE path = ?1 AND inode = ?2"
                                       " AND size = ?3 AND modified_ns = ?4 AND changed_ns = ?5");
    if (!select)
        return fail(std::move(select).error());
    select->bindBlob(1, bytesOf(path)).bindInteger(2, stored(identity.inode));
    select->bindInteger(3, stored(identity.size.value)).bindInteger(4, identity.modifiedNs);
    select->bindInteger(5, identity.changedNs);
    const auto row = select->step();
    if (!row)
        return fail(row.error());
    return *row ? contentsFrom(select->blob(0)) : KnownContents::OfFile{};
}

Result<> KnownContentStore::keep(std::span<const KnownFile> files)
{
    if (!m_file.isOnDisk() || files.empty())
        return {};
    const std::lock_guard lock{m_mutex};
    const auto database = m_file.openForWriting();
    if (!database)
        return fail(database.error());
    auto transaction = Transaction::begin(**database);
    if (!transaction)
        return fail(std::move(transaction).error());
    if (auto inserted = insert(**database, files); !inserted)
        return inserted;
    if (auto removed = removeOldest(**database); !removed)
        return removed;
    return transaction->commit();
}

} // namespace weightroom::engine

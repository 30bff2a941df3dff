// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/hash_rows.h"

#include "model_engine/core/json.h"

#include <utility>

namespace weightroom::engine {
namespace {

/// More than a model has files; a row beyond is no one's.
constexpr std::int64_t kMostFiles = 65'536;

Json documentOf(const KnownFileHashes& hashes)
{
    Json computed = Json::object();
    for (const auto& [algorithm, value] : hashes.computed)
        computed[std::string{toText(algorithm)}] = value ? Json(*value) : Json(nullptr);
    return {{"computed", std::move(computed)}, {"hub_blob_name", hashes.hubSha256}};
}

/// False for a document that is none of ours. Hashes of a name that is not known are left out.
bool readDocument(const std::string& text, KnownFileHashes& hashes)
try {
    const auto document = parseJson(text);
    if (!document)
        return false;
    hashes.hubSha256 = document->at("hub_blob_name").get<std::string>();
    for (const auto& [name, value] : document->at("computed").items()) {
        if (const auto algorithm = hashAlgorithmFromText(name))
            hashes.computed[*algorithm] = value.is_null() ? std::nullopt : std::optional{value.get<std::string>()};
    }
    return true;
} catch (const Json::exception&) {
    return false;
}

void enter(const Statement& row, StoredHashes& hashes)
{
    const std::int64_t number = row.integer(1);
    if (number < 0 || number >= kMostFiles)
        return;
    KnownFileHashes file;
    file.identity = {0, static_cast<std::uint64_t>(row.integer(2)), Bytes{static_cast<std::uint64_t>(row.integer(3))},
        row.integer(4), row.integer(5)};
    if (!readDocument(row.text(6), file))
        return;
    ModelHashes& model = hashes[{row.text(0)}];
    const auto index = static_cast<std::size_t>(number);
    if (model.size() <= index)
        model.resize(index + 1);
    model[index] = std::move(file);
}

} // namespace

Result<StoredHashes> readHashes(const Database& database)
{
    auto select = database.prepare(
        "SELECT model_id, number, inode, size, modified_ns, changed_ns, document FROM file_hash ORDER BY model_id");
    if (!select)
        return fail(std::move(select).error());
    StoredHashes hashes;
    for (;;) {
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return hashes;
        enter(*select, hashes);
    }
}

Result<> writeHashes(const Database& database, const HashRow& row)
{
    auto insert = database.prepare("INSERT OR REPLACE INTO file_hash(model_id, number, inode, size, modified_ns,"
                                   " changed_ns, document) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    if (!insert)
        return fail(std::move(insert).error());
    const FileIdentity& identity = row.hashes.identity;
    insert->bindText(1, row.model.text).bindInteger(2, static_cast<std::int64_t>(row.number));
    insert->bindInteger(3, static_cast<std::int64_t>(identity.inode));
    insert->bindInteger(4, static_cast<std::int64_t>(identity.size.value)).bindInteger(5, identity.modifiedNs);
    insert->bindInteger(6, identity.changedNs).bindText(7, writeJson(documentOf(row.hashes)));
    return insert->run();
}

Result<> removeOldHashes(const Database& database)
{
    auto remove = database.prepare("DELETE FROM file_hash WHERE NOT EXISTS (SELECT 1 FROM model_file AS file"
                                   " WHERE file.model_id = file_hash.model_id AND file.number = file_hash.number"
                                   " AND file.inode = file_hash.inode AND file.size = file_hash.size"
                                   " AND file.modified_ns = file_hash.modified_ns"
                                   " AND coalesce(file.read_changed_ns, file.changed_ns) = file_hash.changed_ns)");
    if (!remove)
        return fail(std::move(remove).error());
    return remove->run();
}

} // namespace weightroom::engine

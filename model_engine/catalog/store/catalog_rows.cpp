// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/catalog_rows.h"

#include "model_engine/catalog/store/catalog_revision.h"
#include "model_engine/catalog/store/model_settings_rows.h"
#include "model_engine/catalog/store/record_codec.h"

#include <xxhash.h>

#include <set>
#include <utility>

namespace weightroom::engine {
namespace {

// SQLite's integers have a sign; device, inode and checksum use all 64 bits.
std::int64_t asSigned(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::uint64_t asUnsigned(std::int64_t number) { return static_cast<std::uint64_t>(number); }

std::span<const std::byte> bytesOf(const std::filesystem::path& path)
{
    return std::as_bytes(std::span{path.native()});
}

std::filesystem::path pathOf(std::span<const std::byte> bytes)
{
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::int64_t checksumOf(std::span<const std::byte> bytes)
{
    return asSigned(::XXH3_64bits(bytes.data(), bytes.size()));
}

using Files = std::map<ModelId, std::vector<ModelFile>>;

Result<Files> readFiles(const Database& database)
{
    auto select = database.prepare("SELECT model_id, path, name_prefix, device, inode, size, modified_ns, changed_ns,"
                                   " read_changed_ns FROM model_file ORDER BY model_id, number");
    if (!select)
        return fail(std::move(select).error());
    Files files;
    for (;;) {
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return files;
        ModelFile& file = files[{select->text(0)}].emplace_back();
        file.path = pathOf(select->blob(1));
        file.namePrefix = select->text(2);
        file.identity = {asUnsigned(select->integer(3)), asUnsigned(select->integer(4)),
            Bytes{asUnsigned(select->integer(5))}, select->integer(6), select->integer(7)};
        if (!select->isNull(8))
            file.readChangedNs = select->integer(8);
    }
}

/// The row that `select` has reached, without its files.
StoredModel modelOf(const Statement& select, std::vector<ModelFile> files)
{
    ModelRecord record;
    record.id = {select.text(0)};
    record.path = pathOf(select.blob(1));
    record.name = record.path.stem().string();
    record.files = std::move(files);
    record.contentKey = {select.text(2)};
    const auto bytes = select.blob(4);
    ModelRecord whole = record;
    const bool isReadable =
        select.text(3) == catalogRevision() && select.integer(5) == checksumOf(bytes) && decodeRecord(bytes, whole);
    StoredModel model;
    model.isStale = !isReadable;
    model.record = std::make_shared<const ModelRecord>(std::move(isReadable ? whole : record));
    if (!select.isNull(6))
        model.goneSince = select.integer(6);
    return model;
}

Result<> writeFiles(const Database& database, const ModelRecord& record)
{
    auto insert = database.prepare("INSERT INTO model_file(model_id, number, path, name_prefix, device, inode, size,"
                                   " modified_ns, changed_ns, read_changed_ns)"
                                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    if (!insert)
        return fail(std::move(insert).error());
    std::int64_t number = 0;
    for (const ModelFile& file : record.files) {
        const FileIdentity& identity = file.identity;
        insert->bindText(1, record.id.text).bindInteger(2, number++).bindBlob(3, bytesOf(file.path));
        insert->bindText(4, file.namePrefix).bindInteger(5, asSigned(identity.device));
        insert->bindInteger(6, asSigned(identity.inode)).bindInteger(7, asSigned(identity.size.value));
        insert->bindInteger(8, identity.modifiedNs).bindInteger(9, identity.changedNs).bindNull(10);
        if (file.readChangedNs)
            insert->bindInteger(10, *file.readChangedNs);
        if (auto done = insert->run(); !done)
            return done;
    }
    return {};
}

Result<> removeModel(const Database& database, const ModelId& model)
{
    auto remove = database.prepare("DELETE FROM model WHERE model_id = ?1"); // its files go with it
    if (!remove)
        return fail(std::move(remove).error());
    return remove->bindText(1, model.text).run();
}

/// A stale record is only marked: what it was read as is not known here.
Result<> markModel(const Database& database, const StoredModel& model)
{
    auto update = database.prepare("UPDATE model SET gone_since = ?2 WHERE model_id = ?1");
    if (!update)
        return fail(std::move(update).error());
    update->bindText(1, model.record->id.text).bindNull(2);
    if (model.goneSince)
        update->bindInteger(2, *model.goneSince);
    return update->run();
}

Result<> writeModel(const Database& database, const StoredModel& model)
{
    const ModelRecord& record = *model.record;
    if (auto removed = removeModel(database, record.id); !removed)
        return removed;
    auto insert = database.prepare("INSERT INTO model(model_id, path, content_key, revision, record, checksum,"
                                   " gone_since) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    if (!insert)
        return fail(std::move(insert).error());
    const std::vector<std::uint8_t> encoded = encodeRecord(record);
    const auto bytes = std::as_bytes(std::span{encoded});
    insert->bindText(1, record.id.text).bindBlob(2, bytesOf(record.path)).bindText(3, record.contentKey.text);
    insert->bindText(4, catalogRevision()).bindBlob(5, bytes).bindInteger(6, checksumOf(bytes)).bindNull(7);
    if (model.goneSince)
        insert->bindInteger(7, *model.goneSince);
    if (auto done = insert->run(); !done)
        return done;
    return writeFiles(database, record);
}

} // namespace

Result<StoredModels> readModels(const Database& database)
{
    auto files = readFiles(database);
    if (!files)
        return fail(std::move(files).error());
    auto select = database.prepare(
        "SELECT model_id, path, content_key, revision, record, checksum, gone_since FROM model ORDER BY model_id");
    if (!select)
        return fail(std::move(select).error());
    StoredModels models;
    for (;;) {
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return models;
        const ModelId id{select->text(0)};
        auto own = files->extract(id);
        if (own) // a model without files cannot be used for anything
            models.emplace(id, modelOf(*select, std::move(own.mapped())));
    }
}

CatalogChange::CatalogChange(const StoredModels& rows, const ModelsToKeep& models)
{
    for (const ModelRecordPtr& record : models.listed)
        keep(rows, record, std::nullopt);
    for (const ModelRecordPtr& record : models.gone)
        keep(rows, record, models.now);
    std::set<ModelId> listed;
    for (const ModelRecordPtr& record : models.listed)
        listed.insert(record->id);
    for (const auto& [id, row] : rows) {
        const bool isOver = row.goneSince && models.now - *row.goneSince > kRememberedSeconds;
        if (isOver && !listed.contains(id)) // one that comes back on the last day has come back
            m_forgotten.push_back(id);
    }
}

void CatalogChange::keep(const StoredModels& rows, const ModelRecordPtr& record, std::optional<std::int64_t> goneSince)
{
    const auto row = rows.find(record->id);
    const bool isKnown = row != rows.end() && row->second.record == record;
    if (isKnown && row->second.goneSince.has_value() == goneSince.has_value())
        return;
    m_written.push_back({.record = record, .goneSince = goneSince, .isStale = isKnown && row->second.isStale});
}

Result<> CatalogChange::write(const Database& database) const
{
    for (const StoredModel& model : m_written) {
        if (auto done = model.isStale ? markModel(database, model) : writeModel(database, model); !done)
            return done;
    }
    for (const ModelId& id : m_forgotten) {
        if (auto done = removeModel(database, id); !done)
            return done;
        if (auto done = removeModelSettings(database, id); !done)
            return done;
    }
    return {};
}

void CatalogChange::apply(StoredModels& rows) const
{
    for (const StoredModel& model : m_written)
        rows.insert_or_assign(model.record->id, model);
    for (const ModelId& id : m_forgotten)
        rows.erase(id);
}

} // namespace weightroom::engine

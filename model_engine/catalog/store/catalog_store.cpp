// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/catalog_store.h"

#include "model_engine/catalog/store/model_settings_rows.h"
#include "model_engine/catalog/store/store_schema.h"

#include <utility>

namespace weightroom::engine {
namespace {

Result<DatabaseFile> openStore(const std::filesystem::path& folder, const Clock& clock)
{
    if (!folder.empty())
        return openDatabaseFile(folder / "catalog.sqlite3", storeSchema(), clock);
    auto database = Database::openInMemory();
    if (!database)
        return fail(std::move(database).error());
    if (auto migrated = migrateDatabase(*database, storeSchema()); !migrated)
        return fail(std::move(migrated).error());
    return DatabaseFile{UniqueFd{}, std::move(*database)};
}

Result<> writeCatalog(const Database& database, const CatalogChange& change, std::span<const DirectoryScan> scans)
{
    auto transaction = Transaction::begin(database);
    if (!transaction)
        return fail(std::move(transaction).error());
    if (auto written = change.write(database); !written)
        return written;
    if (auto removed = removeOldHashes(database); !removed)
        return removed;
    for (const DirectoryScan& scan : scans) {
        if (auto written = writeScan(database, scan); !written)
            return written;
    }
    return transaction->commit();
}

} // namespace

CatalogStore::CatalogStore(std::filesystem::path dataFolder, const Clock& clock, LogSink& log)
    : m_dataFolder(std::move(dataFolder))
    , m_clock(clock)
    , m_log(log)
{
}

Result<> CatalogStore::reopen()
{
    m_file.reset(); // first: a file that is open for reading would keep others from what comes
    auto file = openStore(m_dataFolder, m_clock);
    if (!file)
        return fail(std::move(file).error());
    if (file->damage)
        m_damage = file->damage;
    m_file = std::move(*file);
    m_rows = {}; // another process may have written meanwhile
    return {};
}

Result<const Database*> CatalogStore::openFor(Purpose purpose)
{
    const bool suffices = m_file && (purpose == Purpose::Read || !m_file->readOnlyReason);
    if (!suffices) {
        if (auto opened = reopen(); !opened)
            return fail(std::move(opened).error());
    }
    if (purpose == Purpose::Write && m_file->readOnlyReason)
        return fail(*m_file->readOnlyReason);
    return &m_file->database;
}

/// Runs `work` with the database, and remembers how it went.
template <class Work>
auto CatalogStore::with(Purpose purpose, const Work& work)
{
    using Outcome = decltype(work(std::declval<const Database&>()));
    std::unique_lock lock{m_mutex};
    const std::optional<Error> before = problemNow();
    const auto database = openFor(purpose);
    Outcome outcome = database ? work(**database) : Outcome(fail(database.error()));
    m_failure = outcome ? std::nullopt : std::optional<Error>{outcome.error()};
    const std::optional<Error> after = problemNow();
    lock.unlock();
    if (after && (!before || before->detail != after->detail))
        m_log.write(LogLevel::Warning, "What is kept of the catalogue: " + describe(*after));
    return outcome;
}

Result<StoredCatalog> CatalogStore::loadCatalog()
{
    return with(Purpose::Read, [this](const Database& database) -> Result<StoredCatalog> {
        auto models = readModels(database);
        if (!models)
            return fail(std::move(models).error());
        auto scans = readScans(database);
        if (!scans)
            return fail(std::move(scans).error());
        m_rows = {std::move(*models), std::move(*scans)};
        return m_rows;
    });
}

Result<std::vector<ModelId>> CatalogStore::saveCatalog(const ModelsToKeep& models, std::span<const DirectoryScan> scans)
{
    return with(Purpose::Write, [&](const Database& database) -> Result<std::vector<ModelId>> {
        const CatalogChange change{m_rows.models, models};
        const std::vector<DirectoryScan> newScans = scansToWrite(m_rows.scans, scans);
        if (change.isEmpty() && newScans.empty())
            return std::vector<ModelId>{};
        if (auto written = writeCatalog(database, change, newScans); !written)
            return fail(std::move(written).error());
        change.apply(m_rows.models);
        for (const DirectoryScan& scan : newScans)
            m_rows.scans.insert_or_assign(scan.directory, scan);
        return change.forgotten();
    });
}

Result<StoredHashes> CatalogStore::loadHashes() { return with(Purpose::Read, readHashes); }

Result<> CatalogStore::saveHashes(std::span<const HashRow> rows)
{
    return with(Purpose::Write, [&](const Database& database) -> Result<> {
        if (rows.empty())
            return {};
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction).error());
        for (const HashRow& row : rows) {
            if (auto written = writeHashes(database, row); !written)
                return written;
        }
        return transaction->commit();
    });
}

Result<std::map<ModelId, Json>> CatalogStore::loadModelSettings()
{
    auto rows = with(Purpose::Read, readModelSettings);
    if (!rows)
        return fail(std::move(rows).error());
    for (const ModelId& model : rows->unreadable)
        m_log.write(LogLevel::Warning, "The settings of '" + model.text + "' cannot be read and are not used.");
    return std::move(rows->documents);
}

Result<> CatalogStore::saveModelSettings(const ModelId& model, const Json& document)
{
    return with(
        Purpose::Write, [&](const Database& database) { return writeModelSettings(database, model, document); });
}

Result<> CatalogStore::deleteModelSettings(const ModelId& model)
{
    return with(Purpose::Write, [&](const Database& database) { return removeModelSettings(database, model); });
}

std::optional<Error> CatalogStore::problem() const
{
    const std::lock_guard lock{m_mutex};
    return problemNow();
}

std::optional<Error> CatalogStore::problemNow() const
{
    if (m_failure)
        return m_failure;
    if (m_file && m_file->readOnlyReason)
        return m_file->readOnlyReason;
    return m_damage;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/store/catalog_rows.h"
#include "model_engine/catalog/store/hash_rows.h"
#include "model_engine/catalog/store/scan_rows.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/database/database_file.h"
#include "model_engine/core/ids.h"
#include "model_engine/core/json.h"
#include "model_engine/core/system/log.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <span>

namespace weightroom::engine {

struct StoredCatalog {
    StoredModels models;
    StoredScans scans;
};

/// What is kept between runs about the models: catalog.sqlite3 in the user's data folder. It is opened when it is first
/// used. Used on the threads of jobs, one at a time; every function may wait for the disk. The engine goes on without
/// it: who calls decides what a failure means.
///
/// Errors of all functions: those of openDatabaseFile(). What writes fails with FileInUse while another process writes,
/// and tries anew with each call.
class CatalogStore {
public:
    /// `dataFolder` empty: everything is kept in memory, as long as the object lives.
    CatalogStore(std::filesystem::path dataFolder, const Clock& clock, LogSink& log);

    /// Whether there may be something of an earlier run.
    [[nodiscard]] bool isOnDisk() const { return !m_dataFolder.empty(); }

    /// The catalogue as the last run left it.
    [[nodiscard]] Result<StoredCatalog> loadCatalog();
    /// Keeps what has changed since it was loaded or kept; writes nothing when nothing has. Hashes of files that have
    /// changed go; models that were gone for longer than kRememberedSeconds go with their settings and hashes, and are
    /// the answer.
    [[nodiscard]] Result<std::vector<ModelId>> saveCatalog(
        const ModelsToKeep& models, std::span<const DirectoryScan> scans);

    /// The hashes that were taken, whether or not their files are still the same.
    [[nodiscard]] Result<StoredHashes> loadHashes();
    /// Keeps hashes in place of those that their files had. No rows: only whether any could be kept.
    [[nodiscard]] Result<> saveHashes(std::span<const HashRow> rows);

    /// The settings of all models that have any. A document that cannot be read is left out and logged.
    [[nodiscard]] Result<std::map<ModelId, Json>> loadModelSettings();
    /// Keeps the settings of a model in place of those it had. They are on the disk when this returns.
    [[nodiscard]] Result<> saveModelSettings(const ModelId& model, const Json& document);
    /// A model without settings is no error.
    [[nodiscard]] Result<> deleteModelSettings(const ModelId& model);

    /// Why what changes is not kept, or what was lost: a damaged file, another process that writes, a full disk. Absent
    /// when all is well.
    [[nodiscard]] std::optional<Error> problem() const;

private:
    enum class Purpose : std::uint8_t { Unknown = 0, Read, Write };

    template <class Work>
    auto with(Purpose purpose, const Work& work);
    [[nodiscard]] Result<const Database*> openFor(Purpose purpose);
    [[nodiscard]] Result<> reopen();
    [[nodiscard]] std::optional<Error> problemNow() const;

    const std::filesystem::path m_dataFolder;
    const Clock& m_clock;
    LogSink& m_log;
    /// Guards what follows, and the use of the database: held over reads and writes.
    mutable std::mutex m_mutex;
    std::optional<DatabaseFile> m_file;
    StoredCatalog m_rows; ///< what stands in the file, as far as this object read or wrote it
    std::optional<Error> m_damage; ///< of a file that was set aside in this run
    std::optional<Error> m_failure; ///< of the last use
};

} // namespace weightroom::engine

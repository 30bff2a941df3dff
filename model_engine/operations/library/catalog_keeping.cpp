// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/catalog_keeping.h"

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/models/model_config_operations.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weightroom::engine {
namespace {

using Paths = std::vector<std::filesystem::path>;

bool isBelowOne(const std::filesystem::path& path, const Paths& folders)
{
    return std::ranges::any_of(folders, [&](const std::filesystem::path& folder) {
        return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
    });
}

/// The configured ones, and those that a scan of them has led to.
Paths foldersOf(EngineServices& services, const StoredScans& scans)
{
    Paths folders = services.executor.invoke([&] { return services.tables.settings.modelFolders; });
    for (std::filesystem::path& folder : folders)
        folder = normalFolder(folder);
    const std::size_t configured = folders.size();
    for (std::size_t i = 0; i < configured; ++i) {
        if (const auto scan = scans.find(folders[i]); scan != scans.end())
            folders.insert(folders.end(), scan->second.outside.begin(), scan->second.outside.end());
    }
    return folders;
}

struct Restored {
    std::vector<ModelRecordPtr> listed;
    std::vector<RememberedModel> others;
};

Restored sorted(const StoredModels& models, const Paths& folders)
{
    Restored restored;
    for (const auto& [id, model] : models) {
        const bool isListed = !model.isStale && !model.goneSince && isBelowOne(model.record->path, folders);
        if (isListed)
            restored.listed.push_back(model.record);
        else
            restored.others.push_back({model.record, model.goneSince.has_value(), model.isStale});
    }
    return restored;
}

/// On the engine thread.
void enterScans(EngineTables& tables, const StoredScans& scans)
{
    for (const auto& [directory, scan] : scans)
        tables.scans.try_emplace(directory, scan);
}

/// Before the models, like the settings. Without them they are taken anew.
void loadHashes(EngineServices& services)
{
    const auto kept = services.store.loadHashes();
    if (!kept) {
        services.log.write(LogLevel::Error, "The kept hashes could not be read: " + describe(kept.error()));
        return;
    }
    services.executor.invoke([&] {
        for (const auto& [model, hashes] : *kept)
            services.tables.hashes.try_emplace(model, std::make_shared<const ModelHashes>(hashes));
    });
}

void noteProblem(EngineServices& services)
{
    const std::optional<Error> problem = services.store.problem();
    services.executor.invoke([&] {
        auto& known = services.tables.catalogProblem;
        const bool isSame = known.has_value() == problem.has_value() && (!known || known->detail == problem->detail);
        if (isSame)
            return;
        known = problem;
        services.publish();
    });
}

/// On the engine thread.
ModelsToKeep modelsToKeep(const EngineTables& tables, Clock::Wall now)
{
    ModelsToKeep models;
    models.now = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    models.listed = tables.catalog.models();
    for (const RememberedModel& model : tables.catalog.remembered()) {
        if (model.isGone)
            models.gone.push_back(model.record);
    }
    return models;
}

std::vector<DirectoryScan> scansOf(const EngineTables& tables)
{
    std::vector<DirectoryScan> scans;
    for (const auto& [directory, scan] : tables.scans)
        scans.push_back(scan);
    return scans;
}

/// Models that were gone for too long, which would be remembered anew otherwise.
void forget(EngineServices& services, const std::vector<ModelId>& models)
{
    if (models.empty())
        return;
    services.executor.invoke([&] {
        EngineTables& tables = services.tables;
        for (const ModelId& model : models) {
            tables.catalog.forget(model);
            tables.modelSettings.erase(model);
            tables.settingsOfLaterVersion.erase(model);
            tables.hashes.erase(model);
        }
    });
}

} // namespace

void loadKeptCatalog(EngineServices& services)
{
    const std::lock_guard lock{services.keeping->mutex};
    if (std::exchange(services.keeping->isLoaded, true))
        return;
    // Before the models, so that they are shown with what the user says about them.
    if (auto loaded = loadModelSettings(services); !loaded)
        services.log.write(LogLevel::Error, "The settings of models could not be read: " + describe(loaded.error()));
    loadHashes(services);
    if (const auto kept = services.store.loadCatalog()) {
        const Restored restored = sorted(kept->models, foldersOf(services, kept->scans));
        services.executor.invoke([&] {
            services.tables.catalog.restore(restored.listed, restored.others);
            enterScans(services.tables, kept->scans);
            services.publish();
        });
        services.log.write(LogLevel::Info,
            "The catalogue of the last run has " + std::to_string(restored.listed.size())
                + " models in the folders of this one.");
    }
    noteProblem(services);
}

void keepCatalog(EngineServices& services)
{
    if (!services.store.isOnDisk())
        return;
    const std::lock_guard lock{services.keeping->mutex};
    ModelsToKeep models;
    std::vector<DirectoryScan> scans;
    services.executor.invoke([&] {
        models = modelsToKeep(services.tables, services.clock.wallTime());
        scans = scansOf(services.tables);
    });
    if (const auto forgotten = services.store.saveCatalog(models, scans))
        forget(services, *forgotten);
    else
        services.log.write(LogLevel::Debug, "The catalogue was not kept: " + describe(forgotten.error()));
    noteProblem(services);
}

} // namespace weightroom::engine

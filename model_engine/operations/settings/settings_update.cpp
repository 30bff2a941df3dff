// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/settings/settings_update.h"

#include "model_engine/operations/library/library_scan.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

/// Changes what is kept in the file: what was given for this run only (on a command line) does not get into it.
Result<> saveChange(const EngineServices& services, const Json& change)
{
    if (services.settingsFile.empty())
        return {};
    auto kept = loadSettings(services.settingsFile, defaultSettings(systemMemory()));
    if (!kept)
        return fail(std::move(kept).error());
    auto changed = settingsFromJson(change, *kept);
    if (!changed)
        return fail(std::move(changed).error());
    return saveSettings(services.settingsFile, *changed);
}

std::vector<std::filesystem::path> removedFolders(const Settings& before, const Settings& after)
{
    std::vector<std::filesystem::path> removed;
    for (const std::filesystem::path& folder : before.modelFolders) {
        if (std::ranges::find(after.modelFolders, folder) == after.modelFolders.end())
            removed.push_back(folder);
    }
    return removed;
}

/// On the engine thread. Models of folders that are no longer configured leave the catalogue, and those of folders that
/// only these have named; but for those in memory.
void takeOn(EngineServices& services, const Settings& after)
{
    EngineTables& tables = services.tables;
    ScanCoverage gone{.directories = removedFolders(tables.settings, after)};
    tables.settings = after;
    for (const std::filesystem::path& folder : std::vector{gone.directories}) {
        const auto scan = tables.scans.find(folder);
        const auto outside = scan == tables.scans.end() ? std::vector<std::filesystem::path>{} : scan->second.outside;
        std::ranges::copy(forsakenFolders(tables, outside, gone.directories), std::back_inserter(gone.directories));
    }
    tables.catalog.replace(gone, {}, [&](const ModelId& model) { return tables.isInMemory(model); });
    services.publish();
}

} // namespace

Result<SettingsUpdate::Outcome> SettingsUpdate::apply(const Json& change)
{
    const std::lock_guard lock{m_oneAtATime};
    Settings before = m_services.executor.invoke([&] { return m_services.tables.settings; });
    auto after = settingsFromJson(change, before);
    if (!after)
        return fail(std::move(after).error());
    // Written first: settings that could not be kept are not taken on either.
    if (auto saved = saveChange(m_services, change); !saved)
        return fail(std::move(saved).error());
    m_services.cacheMemory.setCapacity(after->cacheBudget);
    m_services.flags.configure(*after);
    m_services.executor.invoke([&] { takeOn(m_services, *after); });
    watchFolders(m_services);
    keepCatalog(m_services);
    return Outcome{std::move(before), std::move(*after)};
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/folder_watch.h"

#include "model_engine/core/utf8.h"
#include "model_engine/operations/engine_services.h"

#include <chrono>

namespace weightroom::engine {
namespace {

Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(toValidUtf8(text)); }

Json conditionJson(const WatchCondition& condition)
{
    const bool isPolled = condition.reason != PollingReason::None;
    const auto seconds = [](std::chrono::duration<double> time) { return time.count(); };
    return {
        {"watching", toText(condition.watching)},
        {"polling_reason", isPolled ? Json(toText(condition.reason)) : Json(nullptr)},
        {"detail", textOrNull(condition.detail)},
        {"limit_name", textOrNull(condition.limitName)},
        {"limit", condition.limit ? Json(*condition.limit) : Json(nullptr)},
        {"poll_interval_seconds", condition.pollInterval ? Json(seconds(*condition.pollInterval)) : Json(nullptr)},
    };
}

Json outsideJson(const OutsideWatch& outside)
{
    Json row = conditionJson(outside.condition);
    row["folders"] = Json::array();
    for (const std::filesystem::path& folder : outside.folders)
        row["folders"].push_back(toValidUtf8(folder.string()));
    return row;
}

} // namespace

std::vector<FolderWatch> folderWatchesOf(const EngineServices& services)
{
    std::vector<FolderWatch> watches;
    for (const std::filesystem::path& folder : services.tables.settings.modelFolders) {
        FolderWatch watch{.folder = folder, .condition = {}};
        const auto root = services.tables.spelledFolders.find(folder);
        if (services.watcher != nullptr && root != services.tables.spelledFolders.end()) {
            WatchState state = services.watcher->stateOf(root->second);
            watch.condition = std::move(state.condition);
            watch.outside = std::move(state.outside);
        }
        watches.push_back(std::move(watch));
    }
    return watches;
}

Json folderWatchJson(const FolderWatch& watch)
{
    Json row{{"path", toValidUtf8(watch.folder.string())}};
    row.update(conditionJson(watch.condition));
    row["outside"] = Json::array();
    for (const OutsideWatch& outside : watch.outside)
        row["outside"].push_back(outsideJson(outside));
    return row;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/model_commands.h"

namespace weightroom::ui {
namespace {

bool isWhollyCached(const ModelRow& row) { return row.status.cachedComponents.size() >= row.facts->components.size(); }

/// Where it is loaded already, another load only lets it stay longer.
bool canLoadTo(const QString& device, const ModelStatus& status)
{
    return !device.isEmpty() && (!status.loadedOn.contains(device) || status.loadedUntil.contains(device));
}

} // namespace

bool canApply(ModelCommand command, const ModelRow& row, const CommandContext& context)
{
    // Notes wait for nothing; everything else waits for the job that is at work on the model.
    if (command == ModelCommand::Favorite)
        return true;
    if (command == ModelCommand::Pin)
        return row.isUsable();
    if (context.isBusy)
        return false;
    switch (command) {
    case ModelCommand::Load:
        return row.isUsable() && canLoadTo(context.deviceId, row.status);
    case ModelCommand::Unload:
    case ModelCommand::Share:
        return !row.status.loadedOn.isEmpty();
    case ModelCommand::Cache:
        return row.isUsable() && !isWhollyCached(row);
    case ModelCommand::DropFromCache:
        return !row.status.cachedComponents.isEmpty();
    case ModelCommand::Validate:
    case ModelCommand::Delete:
        return true;
    case ModelCommand::Convert:
        return row.isUsable();
    case ModelCommand::Favorite:
    case ModelCommand::Pin:
    case ModelCommand::None:
        break;
    }
    return false;
}

} // namespace weightroom::ui

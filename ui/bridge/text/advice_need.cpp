// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/advice_need.h"

#include <algorithm>

namespace weightroom::ui {
namespace {

/// What is being loaded cannot be unloaded yet, and the model of the error is the one that is wanted.
bool hasLoadedModel(const MemoryView& device, const engine::ErrorContext& context)
{
    return std::ranges::any_of(device.owners, [&](const MemoryOwner& owner) {
        return owner.use == MemoryUse::Owner && owner.modelId != QString::fromStdString(context.modelId.text);
    });
}

/// The driver has refused what the models leave.
bool isShortOfItsOwn(const MemoryView& device, const engine::ErrorContext& context)
{
    return device.usedByOthers.value_or(0) > 0 && context.available && context.available->value < device.unheldBytes();
}

} // namespace

bool isMet(AdviceNeed need, const engine::ErrorContext& context, const QList<MemoryView>& memory)
{
    const auto isAbout = [&](const MemoryView& view) {
        return view.id == QString::fromStdString(context.deviceId.text);
    };
    const auto found = std::ranges::find_if(memory, isAbout);
    const MemoryView device = found == memory.end() ? MemoryView{} : *found;
    switch (need) {
    case AdviceNeed::None:
        return true;
    case AdviceNeed::LoadedModel:
        return hasLoadedModel(device, context);
    case AdviceNeed::OwnHostDevice:
        return device.place == MemoryPlace::HostDevice && !hasLoadedModel(device, context);
    case AdviceNeed::OtherPrograms:
        return isShortOfItsOwn(device, context);
    case AdviceNeed::FilledCache:
        return std::ranges::any_of(
            memory, [](const MemoryView& view) { return view.place == MemoryPlace::Cache && !view.owners.isEmpty(); });
    }
    return false;
}

} // namespace weightroom::ui

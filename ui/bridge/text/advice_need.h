// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"
#include "ui/bridge/views/memory_view.h"

namespace weightroom::ui {

/// What must be so for a piece of advice about an error to help. The device is that of the error.
enum class AdviceNeed : quint8 {
    None = 0, ///< it always may
    LoadedModel, ///< another model is loaded on the device
    OwnHostDevice, ///< the device is host memory, and no other model is loaded there
    OtherPrograms, ///< other programs hold what the device has beside its models
    FilledCache ///< something is in the RAM cache
};

/// `memory`: what lay in the memories when the error was told.
[[nodiscard]] bool isMet(AdviceNeed need, const engine::ErrorContext& context, const QList<MemoryView>& memory);

} // namespace weightroom::ui

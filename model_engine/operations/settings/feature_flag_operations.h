// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"

#include <memory>

namespace weightroom::engine {

struct EngineServices;
class SettingsUpdate;

/// settings.get_feature_flags, post_feature_flag_update. `services` must outlive the registry; flags are settings, and
/// `update` is how these are changed.
void addFeatureFlagOperations(
    OperationRegistry& registry, EngineServices& services, const std::shared_ptr<SettingsUpdate>& update);

} // namespace weightroom::engine

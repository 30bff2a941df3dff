// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/naming.h"
#include "model_engine/core/settings/circuit_breaker.h"
#include "model_engine/core/settings/feature.h"
#include "model_engine/core/settings/settings.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

/// One feature flag, declared once: the settings' file, the operations with their help, and what the flag does at run
/// time (FeatureFlags) come from here.
struct FeatureSpec {
    Feature feature = Feature::None;
    Name name; ///< of the flag, and of the setting that keeps what the user has chosen
    bool Settings::*setting = nullptr;
    std::string_view help; ///< what it does when it is on
    std::string_view whenOff; ///< what is done without it, whoever has switched it off; a sentence
    BreakerPolicy breaker; ///< when it falls back by itself
};

/// All flags, in the order of the enumeration.
[[nodiscard]] std::span<const FeatureSpec> featureTable();
/// The row of a feature, which must not be None.
[[nodiscard]] const FeatureSpec& specOf(Feature feature);
/// The row of a name; nullptr: there is no such flag.
[[nodiscard]] const FeatureSpec* findFeature(std::string_view name);

} // namespace weightroom::engine

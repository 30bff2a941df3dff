// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/naming.h"
#include "model_engine/core/settings/settings.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// One setting that is a whole number within limits, declared once: the settings' file, and the operation with its
/// help, come from here. Its unit is the end of its name.
struct NumberSetting {
    Name name;
    std::string_view help; ///< what it means, and what 0 does where that has a meaning of its own
    std::int64_t minimum; ///< not below 0
    std::int64_t maximum;
    std::int64_t (*get)(const Settings&);
    void (*set)(Settings&, std::int64_t value); ///< within the limits
};

[[nodiscard]] std::span<const NumberSetting> numberSettings();
/// The row of a name; nullptr: there is no such setting.
[[nodiscard]] const NumberSetting* findNumberSetting(std::string_view name);

} // namespace weightroom::engine

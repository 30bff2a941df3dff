// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace weightroom::engine {

/// What can be switched off in the field; feature_table.h declares what each of them does.
enum class Feature : std::uint8_t {
    None = 0,
    DirectIo,
    ShareContents,
    PredictiveCaching,
    PrecisionConversion,
    ShareWithProcesses
};
[[nodiscard]] std::string_view toText(Feature feature); ///< "direct_io"; empty for None

} // namespace weightroom::engine

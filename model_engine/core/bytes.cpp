// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/bytes.h"

#include <array>
#include <cstdio>

namespace weightroom::engine {

std::string toText(Bytes bytes)
{
    static constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
    auto amount = static_cast<double>(bytes.value);
    std::size_t unit = 0;
    while (amount >= 1024.0 && unit + 1 < kUnits.size()) {
        amount /= 1024.0;
        ++unit;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.2f %s", amount, kUnits[unit]);
    return text.data();
}

std::string toExactText(Bytes bytes) { return std::to_string(bytes.value) + (bytes.value == 1 ? " byte" : " bytes"); }

} // namespace weightroom::engine

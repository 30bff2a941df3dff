// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace weightroom::engine {

std::string toIsoText(Clock::Wall time, IsoPrecision precision)
{
    using std::chrono::floor;
    const auto second = floor<std::chrono::seconds>(time);
    const auto rest = floor<std::chrono::milliseconds>(time - second);
    const std::time_t sinceEpoch = second.time_since_epoch().count();
    std::tm broken{};
    ::gmtime_r(&sinceEpoch, &broken);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &broken);
    if (precision == IsoPrecision::Milliseconds)
        std::snprintf(text.data() + length, text.size() - length, ".%03d", static_cast<int>(rest.count()));
    return std::string{text.data()} + "Z";
}

} // namespace weightroom::engine

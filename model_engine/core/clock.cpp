// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/clock.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace weightroom::engine {
namespace {

/// Nothing unless all characters are digits.
std::optional<int> numberFrom(std::string_view digits)
{
    int number = 0;
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end && digits.front() != '-' ? std::optional{number} : std::nullopt;
}

} // namespace

std::string toIsoText(Clock::Wall time, IsoPrecision precision)
{
    using std::chrono::floor;
    // Not from the nanoseconds of the time: the second in which the earliest one lies begins before it.
    const auto millisecond = floor<std::chrono::milliseconds>(time);
    const auto second = floor<std::chrono::seconds>(millisecond);
    const std::chrono::milliseconds rest = millisecond - second;
    const std::time_t sinceEpoch = second.time_since_epoch().count();
    std::tm broken{};
    ::gmtime_r(&sinceEpoch, &broken);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &broken);
    if (precision == IsoPrecision::Milliseconds)
        std::snprintf(text.data() + length, text.size() - length, ".%03d", static_cast<int>(rest.count()));
    return std::string{text.data()} + "Z";
}

std::optional<Clock::Wall> wallTimeFromIsoText(std::string_view text)
{
    namespace chrono = std::chrono;
    constexpr std::size_t kWithSeconds = std::string_view{"2026-11-23T17:04:05Z"}.size();
    constexpr std::size_t kWithMilliseconds = kWithSeconds + 4;
    if (text.size() != kWithSeconds && text.size() != kWithMilliseconds)
        return std::nullopt;
    const bool isFine = text.size() == kWithMilliseconds;
    const auto year = numberFrom(text.substr(0, 4)), month = numberFrom(text.substr(5, 2)),
               day = numberFrom(text.substr(8, 2)), hour = numberFrom(text.substr(11, 2)),
               minute = numberFrom(text.substr(14, 2)), second = numberFrom(text.substr(17, 2));
    const auto rest = isFine ? numberFrom(text.substr(20, 3)) : std::optional{0};
    if (!year || !month || !day || !hour || !minute || !second || !rest || *year < 1970 || *year > 2200)
        return std::nullopt;
    const chrono::year_month_day date =
        chrono::year{*year} / chrono::month{static_cast<unsigned>(*month)} / chrono::day{static_cast<unsigned>(*day)};
    if (!date.ok())
        return std::nullopt;
    const Clock::Wall time = chrono::sys_days{date} + chrono::hours{*hour} + chrono::minutes{*minute}
        + chrono::seconds{*second} + chrono::milliseconds{*rest};
    // Its way back tells of everything that is out of range or out of place.
    if (toIsoText(time, isFine ? IsoPrecision::Milliseconds : IsoPrecision::Seconds) != text)
        return std::nullopt;
    return time;
}

} // namespace weightroom::engine

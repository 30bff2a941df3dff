// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/output/monitor_output.h"

#include "app/weightroomctl/output/text_table.h"
#include "model_engine/core/bytes.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/system/log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace weightroom::ctl {
namespace {

using engine::Bytes;
using engine::Json;

constexpr const char* kNotReported = "-";

/// Where it is printed.
struct Output {
    std::ostream& stream;
    std::optional<std::size_t> width;
};

std::string text(const Json& row, const char* field) { return row.at(field).get<std::string>(); }
std::uint64_t number(const Json& row, const char* field) { return row.at(field).get<std::uint64_t>(); }

/// "87 %"
std::string percentText(double fraction) { return std::to_string(std::lround(fraction * 100)) + " %"; }

/// A field of what a GPU says of itself, in whole numbers; "-" where it does not report it.
std::string readingText(const Json& reading, const char* field, double scale, const char* unit)
{
    if (reading.is_null() || reading.at(field).is_null())
        return kNotReported;
    return std::to_string(std::lround(reading.at(field).get<double>() * scale)) + unit;
}

/// How much of a memory these owners have together.
Bytes sizeOf(const Json& memory, std::initializer_list<std::string_view> owners)
{
    Bytes sum;
    for (const Json& entry : memory.at("entries")) {
        if (std::ranges::find(owners, text(entry, "owner")) != owners.end())
            sum = sum + Bytes{number(entry, "size_bytes")};
    }
    return sum;
}

/// What of a memory is used, by us, and by others and the driver; what is free, and all. What is ready for the next
/// load is free, as in the window.
std::array<std::string, 5> memoryTexts(const Json& memory)
{
    const Bytes ours = sizeOf(memory, {"component", "shared", "loading", "overhead", "context"});
    if (!memory.at("others_known").get<bool>())
        return {kNotReported, toText(ours), kNotReported, kNotReported, kNotReported};
    const Bytes others = sizeOf(memory, {"process", "reserved", "unattributed"});
    return {toText(ours + others), toText(ours), toText(others), toText(sizeOf(memory, {"free", "ready"})),
        toText(Bytes{number(memory, "total_bytes")})};
}

std::string nameOf(const Json& device)
{
    std::string name = text(device, "name");
    if (text(device, "wakefulness") == "asleep")
        name += " (asleep)";
    return name;
}

/// How old what a GPU says is, in whole seconds; nothing where it is of this look, or there is none.
std::optional<std::int64_t> ageOf(const Json& device, const std::string& takenAt)
{
    const Json& readAt = device.at("reading_taken_at");
    const auto now = engine::wallTimeFromIsoText(takenAt);
    const auto then = readAt.is_null() ? std::nullopt : engine::wallTimeFromIsoText(readAt.get<std::string>());
    if (!now || !then || *now - *then < std::chrono::seconds{1})
        return std::nullopt;
    return std::chrono::round<std::chrono::seconds>(*now - *then).count();
}

/// What a row of the table cannot say.
void printRemarks(const Json& device, const std::string& takenAt, std::ostream& stream)
{
    if (const auto age = ageOf(device, takenAt)) {
        stream << text(device, "device_id") << ": as of " << *age
               << " s ago: it has nothing to do, and is asked every 30 s only, so that it can sleep\n";
    }
    if (!device.at("problem").is_null())
        stream << text(device, "device_id") << ": " << engine::escapeForTerminal(text(device.at("problem"), "message"))
               << '\n';
}

void printDevices(const Json& state, const Output& out)
{
    TextTable table{{{"DEVICE"}, {"WHAT IT IS", Align::Left, Fit::Cut}, {"USED", Align::Right}, {"OURS", Align::Right},
        {"OTHERS", Align::Right}, {"FREE", Align::Right}, {"ALL", Align::Right}, {"BUSY", Align::Right},
        {"TEMPERATURE", Align::Right}, {"POWER", Align::Right}}};
    for (const Json& device : state.at("devices")) {
        const Json& reading = device.at("reading");
        auto [used, ours, others, unused, all] = memoryTexts(device.at("memory"));
        table.add({text(device, "device_id"), nameOf(device), used, ours, others, unused, all,
            readingText(reading, "busy_fraction", 100, " %"), readingText(reading, "temperature_celsius", 1, " °C"),
            readingText(reading, "power_watts", 1, " W")});
    }
    auto [used, ours, others, unused, all] = memoryTexts(state.at("cache").at("memory"));
    table.add({"cache", "RAM cache", used, ours, others, unused, all, kNotReported, kNotReported, kNotReported});
    table.print(out.stream, out.width);
    for (const Json& device : state.at("devices"))
        printRemarks(device, text(state, "taken_at"), out.stream);
}

/// ", read 12.0 MiB/s"; empty where it is not told.
std::string rateText(const Json& group, const char* field, const char* what)
{
    if (group.at(field).is_null())
        return {};
    const auto bytes = static_cast<std::uint64_t>(std::max(group.at(field).get<double>(), 0.0));
    return std::string{what} + toText(Bytes{bytes}) + "/s";
}

/// In one line, what is told of the control group; nothing where its memory is not: there is none.
void printGroup(const Json& group, std::ostream& stream)
{
    if (group.at("memory_bytes").is_null())
        return;
    stream << "control group: memory " << toText(Bytes{number(group, "memory_bytes")});
    if (!group.at("memory_limit_bytes").is_null())
        stream << " of " << toText(Bytes{number(group, "memory_limit_bytes")});
    stream << rateText(group, "disk_read_bytes_per_second", ", read ")
           << rateText(group, "disk_written_bytes_per_second", ", written ");
    if (!group.at("memory_stall_fraction").is_null())
        stream << ", waits for memory " << percentText(group.at("memory_stall_fraction").get<double>());
    stream << '\n';
}

void printLoads(const Json& loads, const Output& out)
{
    if (loads.empty())
        return;
    TextTable table{{{"LOADS TO"}, {"DONE", Align::Right}, {"FAILED", Align::Right}, {"CANCELLED", Align::Right},
        {"MOVED", Align::Right}, {"TIME", Align::Right}}};
    for (const Json& row : loads) {
        table.add({text(row, "device_id"), std::to_string(number(row, "succeeded")),
            std::to_string(number(row, "failed")), std::to_string(number(row, "cancelled")),
            toText(Bytes{number(row, "moved_bytes")}), secondsText(row.at("seconds").get<double>())});
    }
    table.print(out.stream, out.width);
}

/// In the unit of the kind.
std::string valueText(const Json& alert, const char* field)
{
    const double value = alert.at(field).get<double>();
    return text(alert, "kind") == "slow_loads" ? secondsText(value) : percentText(value);
}

void printAlerts(const Json& alerts, const Output& out)
{
    if (alerts.empty()) {
        out.stream << "no active alerts\n";
        return;
    }
    TextTable table{{{"ALERT"}, {"DEVICE"}, {"SEVERITY"}, {"WORST", Align::Right}, {"THRESHOLD", Align::Right},
        {"SINCE"}, {"SEEN"}, {"NUMBER", Align::Right}}};
    for (const Json& alert : alerts) {
        std::string kind = text(alert, "kind");
        std::ranges::replace(kind, '_', ' ');
        table.add({std::move(kind), text(alert, "device_id"), text(alert, "severity"), valueText(alert, "worst"),
            valueText(alert, "threshold"), text(alert, "raised_at"),
            alert.at("acknowledged_at").is_null() ? "no" : "yes", std::to_string(number(alert, "alert_id"))});
    }
    table.print(out.stream, out.width);
}

} // namespace

void printMonitor(const Json& answer, std::ostream& stream, std::optional<std::size_t> width)
{
    const Output out{stream, width};
    printDevices(answer, out);
    printGroup(answer.at("host").at("control_group"), stream);
    printLoads(answer.at("loads"), out);
    printAlerts(answer.at("alerts"), out);
    if (const Json& problem = answer.at("history_problem"); !problem.is_null())
        stream << "history: " << engine::escapeForTerminal(text(problem, "message")) << '\n';
}

} // namespace weightroom::ctl

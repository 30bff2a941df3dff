// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/every_door/comparison.h"

#include "model_engine/core/naming.h"
#include "model_engine/server/rest/rest_names.h"

#include <algorithm>
#include <array>
#include <cctype>

using namespace weightroom::engine;

namespace weightroom::test {
namespace {

/// Everything else is the same for an engine whose clock stands still.
constexpr std::array kMeasured{
    "resident_before_bytes", // the RAM of this process
    "resident_after_bytes", // likewise
    "page_cache_bytes", // what the system still had of a file
    "disk_direct_bytes", // and what it had not
    "disk_buffered_bytes", // likewise
    "copy_seconds", // which the lane to a device takes by the machine's clock
    "report_bytes", // of a benchmark that was written down: times have more digits or fewer
    "process_id", // of a client that is a program of its own
};

/// "a program (process 4711)": the same of another one.
std::string withoutProcess(std::string text)
{
    constexpr std::string_view kBefore = "(process ";
    for (std::size_t at = 0; (at = text.find(kBefore, at)) != std::string::npos; at += kBefore.size()) {
        const std::size_t digits = at + kBefore.size();
        const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(digits), text.end(),
            [](unsigned char c) { return std::isdigit(c) != 0; });
        text.replace(digits, static_cast<std::size_t>(end - text.begin()) - digits, "number");
    }
    return text;
}

void collectOddKeys(
    const Json& part, const std::string& path, const std::vector<std::string>& dataKeys, std::set<std::string>& odd)
{
    const bool isData = std::ranges::find(dataKeys, path) != dataKeys.end();
    for (const auto& [key, value] : part.items()) {
        const std::string inside = part.is_array() ? path : path.empty() ? key : path + "." + key;
        if (part.is_object() && !isData && !isRegistrableName(key))
            odd.insert(inside);
        if (value.is_structured())
            collectOddKeys(value, inside, dataKeys, odd);
    }
}

/// Measured: all numbers in it are.
enum class Part : std::uint8_t { Other = 0, Measured };

/// What of a benchmark is measured by the machine's clock: the stage of the lane to a device, and calculations.
bool isMeasuredOnTheDevice(const Json& document, RestNaming naming)
{
    if (!document.is_object())
        return false;
    const auto stage = document.find(nameFor("stage", naming));
    return (stage != document.end() && *stage == "copy") || document.contains(nameFor("deviation", naming));
}

/// With "number" in place of what is measured.
Json comparable(Json document, RestNaming naming, Part part = Part::Other)
{
    const Part inside = isMeasuredOnTheDevice(document, naming) ? Part::Measured : part;
    for (auto& [key, value] : document.items()) {
        const bool isMeasured = inside == Part::Measured
            || std::ranges::any_of(
                kMeasured, [&key = key, naming](const char* name) { return nameFor(name, naming) == key; });
        if (value.is_structured())
            value = comparable(std::move(value), naming, inside);
        else if (isMeasured && value.is_number())
            value = "number";
        else if (value.is_string())
            value = withoutProcess(value.get<std::string>());
    }
    return document;
}

/// Where two documents differ, also in the order of their keys; empty: nowhere.
std::string difference(const Json& expected, const Json& found)
{
    constexpr std::size_t kMost = 1500;
    if (writeJson(expected) == writeJson(found))
        return {};
    std::string text;
    for (const Json& one : Json::diff(expected, found)) {
        const std::string path = one.at("path");
        const Json::json_pointer place{path};
        text += path + ": " + (expected.contains(place) ? writeJson(expected.at(place)) : "nothing") + ", not "
            + (one.contains("value") ? writeJson(one.at("value")) : "nothing") + "; ";
    }
    return text.empty() ? "the order of keys, or how a number is written" : text.substr(0, kMost);
}

} // namespace

std::string comparedWith(const Answer& expected, const Answer& found, RestNaming naming, const OperationSpec* spec)
{
    if (!found.wrong.empty())
        return found.wrong + ": " + writeJson(found.document).substr(0, 500);
    const std::vector<std::string> dataKeys = spec && !expected.isError ? spec->dataKeys : std::vector<std::string>{};
    if (expected.isError != found.isError)
        return "is " + writeJson(found.document).substr(0, 500) + ", not "
            + writeJson(expected.document).substr(0, 500);
    return difference(
        comparable(withNames(expected.document, naming, dataKeys), naming), comparable(found.document, naming));
}

std::set<std::string> oddKeys(const Json& answer, const std::vector<std::string>& dataKeys)
{
    std::set<std::string> odd;
    collectOddKeys(answer, {}, dataKeys, odd);
    return odd;
}

} // namespace weightroom::test

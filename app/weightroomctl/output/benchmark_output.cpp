// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/output/benchmark_output.h"

#include "app/weightroomctl/output/text_table.h"
#include "model_engine/benchmark/benchmark_settings.h"
#include "model_engine/core/system/log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <utility>

namespace weightroom::ctl {
namespace {

using engine::Json;

std::string text(const Json& row, const char* field) { return row.at(field).get<std::string>(); }

/// A word of the engine for a reader: "page_cache" is "page cache".
std::string words(std::string word)
{
    std::ranges::replace(word, '_', ' ');
    return word;
}

/// The same of a field of an answer.
std::string words(const Json& row, const char* field) { return words(text(row, field)); }

/// "3.1 %"; "-" where it is not known.
std::string percentText(const Json& row, const char* field)
{
    const auto found = row.find(field);
    if (found == row.end() || !found->is_number())
        return "-";
    std::array<char, 32> buffer{};
    (void)std::snprintf(buffer.data(), buffer.size(), "%.1f %%", found->get<double>() * 100);
    return buffer.data();
}

/// "1.04"; "-" where it is not known.
std::string factorText(const Json& row, const char* field)
{
    const auto found = row.find(field);
    if (found == row.end() || !found->is_number())
        return "-";
    std::array<char, 32> buffer{};
    (void)std::snprintf(buffer.data(), buffer.size(), "%.3g", found->get<double>());
    return buffer.data();
}

std::string rateOf(const Json& row, const char* field)
{
    const auto found = row.find(field);
    return found != row.end() && found->is_number() ? rateText(found->get<double>()) : "-";
}

void addStage(TextTable& table, const Json& stage)
{
    const Json& statistics = stage.at("statistics");
    const Json limit = stage.value("limit", Json::object());
    const auto seconds = [&](const char* field) { return secondsText(statistics.at(field).get<double>()); };
    table.add({text(stage, "stage"), seconds("median"), seconds("minimum"), seconds("p95"), seconds("maximum"),
        percentText(statistics, "relative_deviation"), rateOf(stage, "bytes_per_second"), percentText(limit, "share"),
        words(stage.value("limited_by", ""))});
}

/// Which measurements are far from the others: the first thing to know of a median that looks odd.
void printOutliers(std::ostream& out, const Json& stage)
{
    const Json& outliers = stage.at("statistics").at("outliers");
    if (outliers.empty())
        return;
    const char* before = ": far from the others: iteration ";
    out << text(stage, "stage");
    for (const Json& index : outliers) {
        const Json& one = stage.at("measurements").at(index.get<std::size_t>());
        out << std::exchange(before, ", ") << one.at("iteration").get<std::uint64_t>() << " ("
            << secondsText(one.at("seconds").get<double>()) << ')';
    }
    out << '\n';
}

/// The other loader, where one was asked: "safetensors 0.8.0: 3.21 s, 2.4 times as long".
void printPeer(std::ostream& out, const Json& model)
{
    if (const Json peer = model.value("peer", Json()); peer.contains("statistics")) {
        out << engine::escapeForTerminal(text(peer, "name") + " " + text(peer, "version")) << ": "
            << secondsText(peer.at("statistics").at("median").get<double>());
        if (model.contains("peer_ratio"))
            out << ", " << factorText(model, "peer_ratio") << " times as long";
        out << '\n';
    }
    if (const Json problem = model.value("peer_problem", Json()); !problem.is_null())
        out << "no other loader to the end: " << engine::escapeForTerminal(text(problem, "message")) << '\n';
}

/// "640 x 640 x 3 x 3".
std::string shapeText(const Json& shape)
{
    std::string sides;
    for (const Json& side : shape)
        sides += (sides.empty() ? "" : " x ") + std::to_string(side.get<std::uint64_t>());
    return sides;
}

/// "61.4 TFLOP/s", "7.07 GFLOP/s"; "-" where it is not known.
std::string operationsText(const Json& check)
{
    const auto found = check.find("operations_per_second");
    if (found == check.end() || !found->is_number())
        return "-";
    constexpr double kGiga = 1e9;
    constexpr double kTera = 1e12;
    const auto rate = found->get<double>();
    std::array<char, 32> buffer{};
    (void)std::snprintf(buffer.data(), buffer.size(), rate < kTera ? "%.3g GFLOP/s" : "%.3g TFLOP/s",
        rate / (rate < kTera ? kGiga : kTera));
    return buffer.data();
}

/// "0.218 ms": a calculation may be shorter than a load.
std::string shortTimeText(double seconds)
{
    if (seconds >= 1)
        return secondsText(seconds);
    std::array<char, 32> buffer{};
    (void)std::snprintf(buffer.data(), buffer.size(), "%.3g ms", seconds * 1e3);
    return buffer.data();
}

/// What the device has calculated with the weights, where it was to.
void printCalculations(std::ostream& out, const Json& model)
{
    if (const Json checks = model.value("compute_checks", Json::array()); !checks.empty()) {
        TextTable table{{{"CALCULATION"}, {"TYPE"}, {"SHAPE"}, {"TIME", Align::Right}, {"SPEED", Align::Right},
            {"RESULT"}, {"WEIGHTS", Align::Left, Fit::Cut}}};
        for (const Json& check : checks)
            table.add({text(check, "name"), text(check, "type"), shapeText(check.at("shape")),
                shortTimeText(check.at("seconds").get<double>()), operationsText(check),
                check.at("matches").get<bool>() ? "right" : "WRONG", text(check, "tensor")});
        table.print(out);
    }
    if (const Json problem = model.value("compute_problem", Json()); !problem.is_null())
        out << "not all was calculated: " << engine::escapeForTerminal(text(problem, "message")) << '\n';
}

void printModel(std::ostream& out, const Json& model)
{
    const Json& subject = model.at("model");
    out << engine::escapeForTerminal(text(subject, "name")) << ": "
        << toText(engine::Bytes{subject.at("size_bytes").get<std::uint64_t>()}) << ", "
        << counted(subject.at("components").size(), "component") << '\n';
    if (!model.at("stages").empty()) {
        TextTable table{
            {{"STAGE"}, {"MEDIAN", Align::Right}, {"MIN", Align::Right}, {"P95", Align::Right}, {"MAX", Align::Right},
                {"SPREAD", Align::Right}, {"RATE", Align::Right}, {"OF LIMIT", Align::Right}, {"LIMITED BY"}}};
        for (const Json& stage : model.at("stages"))
            addStage(table, stage);
        table.print(out);
        for (const Json& stage : model.at("stages"))
            printOutliers(out, stage);
    }
    printPeer(out, model);
    printCalculations(out, model);
    if (const Json problem = model.value("problem", Json()); !problem.is_null())
        out << "NOT MEASURED TO THE END: " << engine::escapeForTerminal(text(problem, "message")) << '\n';
    out << '\n';
}

/// nullptr: the model has no such stage.
const Json* findStage(const Json& model, std::string_view stage)
{
    for (const Json& one : model.at("stages")) {
        if (one.at("stage") == stage)
            return &one;
    }
    return nullptr;
}

/// "2.30 GiB/s, 92.0 %": the median rate, and where it is known the share of the limit.
std::string rateWithShare(const Json& row, const char* rate, const char* limit)
{
    const Json most = row.value(limit, Json::object());
    const std::string share = percentText(most, "share");
    return share == "-" ? rateOf(row, rate) : rateOf(row, rate) + ", " + share;
}

/// As the title of a column: words of the engine are ASCII.
std::string inCapitals(std::string_view word)
{
    std::string capitals{word};
    std::ranges::transform(
        capitals, capitals.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return capitals;
}

/// The models beside one another, by the stages that move bytes.
void printOverview(std::ostream& out, const Json& models)
{
    std::vector<std::string_view> stages;
    std::vector<TextTable::Column> columns{{"MODEL", Align::Left, Fit::Cut}};
    for (int number = 1; number <= static_cast<int>(engine::kLastBenchmarkStage); ++number) {
        const auto stage = static_cast<engine::BenchmarkStage>(number);
        const std::string_view name = toText(stage);
        if (!movesBytes(stage)
            || std::ranges::none_of(models, [&](const auto& model) { return findStage(model, name); }))
            continue;
        stages.push_back(name);
        columns.push_back({inCapitals(name), Align::Right});
    }
    TextTable table{std::move(columns)};
    for (const Json& model : models) {
        std::vector<std::string> cells{text(model.at("model"), "name")};
        for (const std::string_view stage : stages) {
            const Json* found = findStage(model, stage);
            cells.push_back(found ? rateWithShare(*found, "bytes_per_second", "limit") : "-");
        }
        table.add(std::move(cells));
    }
    table.print(out);
    out << '\n';
}

void printLimits(std::ostream& out, const Json& limits)
{
    static constexpr std::array<std::pair<const char*, const char*>, 6> kRows{
        {{"disk_read", "disk, read"}, {"host_copy_one_thread", "memory, copied by one thread"},
            {"host_copy_two_threads", "memory, copied by two threads"}, {"device_upload", "to the device"},
            {"device_download", "from the device"}, {"device_copy_within", "within the device"}}};
    TextTable table{{{"WHAT THE MACHINE CAN DO"}, {"AT MOST", Align::Right}}};
    for (const auto& [field, title] : kRows) {
        if (limits.value(field, Json()).is_number())
            table.add({title, rateOf(limits, field)});
    }
    table.print(out);
    for (const Json& missing : limits.at("missing"))
        out << "not known: " << engine::escapeForTerminal(text(missing, "message")) << '\n';
}

void printStages(std::ostream& out, const Json& model)
{
    out << engine::escapeForTerminal(text(model, "name")) << '\n';
    TextTable table{{{"STAGE"}, {"BEFORE", Align::Right}, {"AFTER", Align::Right}, {"TIMES AS LONG", Align::Right},
        {"CHANCE", Align::Right}, {"LIMIT MOVED BY", Align::Right}, {"VERDICT"}}};
    for (const Json& stage : model.at("stages"))
        table.add({text(stage, "stage"), secondsText(stage.at("median_before").get<double>()),
            secondsText(stage.at("median_after").get<double>()), factorText(stage, "ratio"),
            percentText(stage, "probability"), factorText(stage, "limit_ratio"), words(stage, "verdict")});
    table.print(out);
}

/// Of two models: their rates, as their sizes differ.
void printRates(std::ostream& out, const Json& model)
{
    out << engine::escapeForTerminal(text(model, "name") + " beside " + text(model, "name_before")) << '\n';
    TextTable table{{{"STAGE"}, {"BEFORE, OF LIMIT", Align::Right}, {"AFTER, OF LIMIT", Align::Right},
        {"TIME FOR A BYTE", Align::Right}, {"CHANCE", Align::Right}, {"LIMIT MOVED BY", Align::Right}, {"VERDICT"}}};
    for (const Json& stage : model.at("stages"))
        table.add({text(stage, "stage"), rateWithShare(stage, "bytes_per_second_before", "limit_before"),
            rateWithShare(stage, "bytes_per_second_after", "limit_after"), factorText(stage, "ratio"),
            percentText(stage, "probability"), factorText(stage, "limit_ratio"), words(stage, "verdict")});
    table.print(out);
}

/// "only before: sd_xl_base, flux"; nothing where there is none.
void printAlone(std::ostream& out, const Json& comparison, const char* field)
{
    if (comparison.at(field).empty())
        return;
    const char* before = ": ";
    out << words(field);
    for (const Json& name : comparison.at(field))
        out << std::exchange(before, ", ") << engine::escapeForTerminal(name.get<std::string>());
    out << '\n';
}

/// The models of a report with their median of the whole load: "sd_xl_base 1.20 s, flux".
std::string modelsText(const Json& models)
{
    std::string all;
    for (const Json& model : models) {
        all += (all.empty() ? "" : ", ") + text(model, "name");
        if (model.at("whole_seconds").is_number())
            all += " " + secondsText(model.at("whole_seconds").get<double>());
    }
    return all;
}

/// How much longer the whole load took than in the run before: "+3.1 %", "-12.0 %"; "-" where there is none.
std::string trendText(const Json& trend)
{
    if (trend.is_null())
        return "-";
    std::array<char, 32> buffer{};
    (void)std::snprintf(buffer.data(), buffer.size(), "%+.1f %%", (trend.at("whole_ratio").get<double>() - 1) * 100);
    return buffer.data();
}

} // namespace

void printBenchmark(std::ostream& out, const Json& report)
{
    const Json& settings = report.at("settings");
    const std::string device = text(settings, "device_id");
    out << text(report, "id") << ": " << text(report, "end") << ", to " << (device.empty() ? "the RAM cache" : device)
        << ", from the " << words(settings, "temperature") << ", "
        << counted(settings.at("iterations").get<std::uint64_t>(), "iteration") << ", "
        << secondsText(report.at("seconds").get<double>()) << "\n\n";
    if (const auto others = report.value("other_loads", std::uint64_t{0}); others > 0)
        out << "Meanwhile " << counted(others, "other load") << " ran: the machine may do better than this.\n\n";
    for (const Json& model : report.at("models"))
        printModel(out, model);
    if (report.at("models").size() > 1)
        printOverview(out, report.at("models"));
    printLimits(out, report.at("limits"));
}

void printComparison(std::ostream& out, const Json& comparison)
{
    out << "\nCompared with " << text(comparison, "report_id_before") << ": " << words(comparison, "comparability")
        << '\n';
    for (const Json& difference : comparison.at("differences"))
        out << words(difference, "aspect") << ": " << engine::escapeForTerminal(text(difference, "before")) << " -> "
            << engine::escapeForTerminal(text(difference, "after")) << '\n';
    printAlone(out, comparison, "only_before");
    printAlone(out, comparison, "only_after");
    const bool areRates = comparison.at("comparability") == "rates_only";
    if (areRates)
        out << "No model is in both with the same components: bytes a second are compared, and no seconds. What each "
               "load costs, whatever its size, weighs more on small models.\n";
    for (const Json& model : comparison.at("models"))
        (areRates ? printRates : printStages)(out, model);
}

void printReports(std::ostream& out, const Json& reports)
{
    TextTable table{{{"ID"}, {"END"}, {"DEVICE"}, {"FROM"}, {"ITERATIONS", Align::Right},
        {"SINCE BEFORE", Align::Right}, {"MODELS, WHOLE LOAD", Align::Left, Fit::Cut}}};
    for (const Json& row : reports) {
        if (const Json& error = row.at("error"); !error.is_null()) {
            table.add({text(row, "id"), "unreadable", "", "", "", "", text(error, "message")});
            continue;
        }
        const std::string device = text(row, "device_id");
        table.add({text(row, "id"), text(row, "end"), device.empty() ? "cache" : device, words(row, "temperature"),
            std::to_string(row.at("iterations").get<std::uint64_t>()), trendText(row.value("trend", Json())),
            modelsText(row.at("models"))});
    }
    table.print(out);
}

} // namespace weightroom::ctl

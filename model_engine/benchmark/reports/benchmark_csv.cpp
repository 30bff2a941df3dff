// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/benchmark_csv.h"

#include "model_engine/core/utf8.h"

#include <array>
#include <charconv>

namespace weightroom::engine {
namespace {

constexpr std::string_view kPeer = "peer"; // where a stage stands

struct Row {
    const BenchmarkReport& report;
    const BenchmarkModel& model;
    std::string_view stage;
    const StageMeasurement& measurement;
};

std::string textField(std::string_view text)
{
    std::string valid = toValidUtf8(text);
    if (!valid.empty() && std::string_view{"=+-@\t\r"}.find(valid.front()) != std::string_view::npos)
        valid.insert(0, 1, '\'');
    if (valid.find_first_of(",\"\r\n") == std::string::npos)
        return valid;
    std::string quoted = "\"";
    for (const char c : valid)
        quoted.append(c == '"' ? 2 : 1, c);
    return quoted + "\"";
}

template <class Number>
std::string numberField(Number number)
{
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
    return {text.data(), written.ptr};
}

std::string componentsOf(const Row& row)
{
    std::string list;
    for (const ComponentId& component : row.model.components)
        list.append(list.empty() ? "" : " ").append(component.text);
    return textField(list);
}

std::string deviceKindOf(const Row& row)
{
    const auto& device = row.report.machine.device;
    return device ? std::string{toText(device->kind)} : std::string{};
}

std::string rateOf(const Row& row)
{
    const auto [iteration, seconds, bytes] = row.measurement;
    return seconds > 0 && bytes > Bytes{} ? numberField(static_cast<double>(bytes.value) / seconds) : std::string{};
}

struct Column {
    CsvColumn column;
    std::string (*field)(const Row&);
};

constexpr std::array kColumns{
    Column{{"report_id", "Id of the report."}, [](const Row& row) { return textField(row.report.id.text); }},
    Column{{"started_at", "When the run began, in UTC."},
        [](const Row& row) { return toIsoText(row.report.startedAt, IsoPrecision::Milliseconds); }},
    Column{
        {"model_id", "Id of the model on its machine."}, [](const Row& row) { return textField(row.model.id.text); }},
    Column{{"model", "Name of the model."}, [](const Row& row) { return textField(row.model.name); }},
    Column{{"content_key", "The same for the same model on every machine; empty: unknown."},
        [](const Row& row) { return textField(row.model.content.text); }},
    Column{{"model_bytes", "Size of the components that were loaded, as stored."},
        [](const Row& row) { return numberField(row.model.size.value); }},
    Column{
        {"format", "File format of the model."}, [](const Row& row) { return std::string{toText(row.model.format)}; }},
    Column{{"components", "Ids of the components that were loaded, with spaces between."}, componentsOf},
    Column{{"device_kind", "Kind of the device; empty: into the RAM cache only."}, deviceKindOf},
    Column{{"device_id", "Id of the device; empty: into the RAM cache only."},
        [](const Row& row) { return textField(row.report.settings.device.text); }},
    Column{{"optimization_level", "How much the load might change to save memory."},
        [](const Row& row) { return std::string{toText(row.report.settings.precision.level)}; }},
    Column{{"precision", "Precision that was asked for."},
        [](const Row& row) { return std::string{toText(row.report.settings.precision.precision)}; }},
    Column{{"temperature", "Where the bytes were when the load began: disk, page_cache or ram_cache."},
        [](const Row& row) { return std::string{toText(row.report.settings.temperature)}; }},
    Column{{"stage",
               "Stage of the load: disk, cache, copy, convert, share, unload or whole; peer: a whole load by another "
               "loader."},
        [](const Row& row) { return std::string{row.stage}; }},
    Column{{"iteration", "Number of the load in the run, from 1."},
        [](const Row& row) { return numberField(row.measurement.iteration); }},
    Column{
        {"seconds", "Time that the stage took."}, [](const Row& row) { return numberField(row.measurement.seconds); }},
    Column{{"bytes", "Bytes that the stage moved, or gave back."},
        [](const Row& row) { return numberField(row.measurement.bytes.value); }},
    Column{{"bytes_per_second", "Both of these; empty where one of them is 0."}, rateOf},
};

constexpr auto kCsvColumns = [] {
    std::array<CsvColumn, kColumns.size()> columns;
    for (std::size_t i = 0; i < columns.size(); ++i)
        columns[i] = kColumns[i].column;
    return columns;
}();

void append(std::string& table, const Row& row)
{
    for (const Column& column : kColumns)
        table.append(&column == kColumns.data() ? "" : ",").append(column.field(row));
    table.append("\r\n");
}

/// One load for each iteration, of all of the model.
void appendPeer(std::string& table, const BenchmarkReport& report, const ModelBenchmark& model)
{
    std::uint32_t iteration = 0;
    for (const double seconds : model.peer ? model.peer->seconds : std::vector<double>{}) {
        const StageMeasurement measurement{++iteration, seconds, model.model.size};
        append(table, {report, model.model, kPeer, measurement});
    }
}

} // namespace

std::span<const CsvColumn> benchmarkCsvColumns() { return kCsvColumns; }

std::string toCsv(const BenchmarkReport& report)
{
    std::string table;
    for (const CsvColumn& column : kCsvColumns)
        table.append(table.empty() ? "" : ",").append(column.name);
    table.append("\r\n");
    for (const ModelBenchmark& model : report.models) {
        for (const StageResult& result : model.stages) {
            for (const StageMeasurement& measurement : result.measurements)
                append(table, {report, model.model, toText(result.stage), measurement});
        }
        appendPeer(table, report, model);
    }
    return table;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_report_operations.h"

#include "model_engine/benchmark/reports/benchmark_comparison.h"
#include "model_engine/benchmark/reports/benchmark_csv.h"
#include "model_engine/benchmark/reports/report_store.h"
#include "model_engine/benchmark/reports/report_trend.h"
#include "model_engine/core/files/new_file.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kDefaultReports = 50;

/// Of reading a report that is kept.
std::vector<ErrorCode> withReadErrors(std::vector<ErrorCode> errors)
{
    errors.insert(errors.end(),
        {ErrorCode::Cancelled, ErrorCode::PermissionDenied, ErrorCode::NotRegularFile, ErrorCode::IoError,
            ErrorCode::InvalidJson, ErrorCode::MissingField, ErrorCode::UnknownField, ErrorCode::InvalidValue,
            ErrorCode::Unsupported});
    return errors;
}

Result<BenchmarkReport> reportNamed(const EngineServices& services, const Arguments& arguments, const char* field)
{
    auto report = services.reports->load(BenchmarkId{arguments.text(field)});
    if (!report && report.error().code == ErrorCode::BenchmarkNotFound)
        report.error().context.field = field;
    return report;
}

bool hasModel(const EngineServices& services, const BenchmarkId& id, const std::string& model)
{
    const auto report = services.reports->load(id);
    return report
        && std::ranges::any_of(report->models, [&](const ModelBenchmark& one) { return one.model.id.text == model; });
}

/// `reports`: the row's own, and behind it the older ones.
Json rowOf(std::span<const StoredReport> reports)
{
    const StoredReport& stored = reports.front();
    Json row = stored.head ? toJson(*stored.head) : Json{{"id", stored.id.text}};
    if (stored.head)
        row["trend"] = toJson(trendOf(*stored.head, reports.subspan(1)));
    row["error"] = stored.head ? Json() : toJson(stored.head.error());
    return row;
}

Result<Json> listedReports(const EngineServices& services, const Arguments& arguments, const JobContext& job)
{
    const auto stored = services.reports->list();
    if (!stored)
        return fail(stored.error());
    const auto most = static_cast<std::size_t>(arguments.integer("limit", kDefaultReports));
    const std::string model = arguments.text("model_id");
    Json rows = Json::array();
    for (std::size_t i = 0; i < stored->size(); ++i) {
        if (job.isCancelled())
            return fail(ErrorCode::Cancelled, "the list of benchmark reports was cancelled");
        if (rows.size() < most && (model.empty() || hasModel(services, (*stored)[i].id, model)))
            rows.push_back(rowOf(std::span{*stored}.subspan(i)));
    }
    return Json{{"reports", std::move(rows)}};
}

Result<Json> getResults(const EngineServices& services, const Arguments& arguments, const JobContext& job)
{
    if (!arguments.has("benchmark_id"))
        return listedReports(services, arguments, job);
    for (const char* other : {"model_id", "limit"}) {
        if (arguments.has(other))
            return fail(ErrorCode::InvalidValue, "a benchmark_id names one report already", {.field = other});
    }
    const auto report = reportNamed(services, arguments, "benchmark_id");
    if (!report)
        return fail(report.error());
    return Json{{"report", toJson(*report)}};
}

Result<Json> getComparison(const EngineServices& services, const Arguments& arguments)
{
    const auto before = reportNamed(services, arguments, "before");
    if (!before)
        return fail(before.error());
    const auto after = reportNamed(services, arguments, "after");
    if (!after)
        return fail(after.error());
    return toJson(compareReports(*before, *after));
}

Result<> writeWhole(const std::filesystem::path& target, const std::string& text, IfExists ifExists)
{
    auto file = NewFile::create(target);
    if (!file)
        return fail(std::move(file).error());
    if (auto written = file->append(std::as_bytes(std::span{text})); !written)
        return written;
    return file->commit(ifExists);
}

Result<Json> postExport(const EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto report = reportNamed(services, arguments, "benchmark_id");
    if (!report)
        return fail(report.error());
    job.setPhase(JobPhase::Writing);
    const bool isJson = arguments.text("format") == "json";
    const std::string text = isJson ? writeJson(toJson(*report), 1) + "\n" : toCsv(*report);
    const auto ifExists = arguments.text("if_exists") == "replace" ? IfExists::Replace : IfExists::Refuse;
    if (auto written = writeWhole(arguments.text("file"), text, ifExists); !written)
        return fail(std::move(written).error());
    return Json{{"file", arguments.text("file")}, {"report_bytes", text.size()}};
}

Result<Json> deleteBenchmark(const EngineServices& services, const Arguments& arguments)
{
    const BenchmarkId id{arguments.text("benchmark_id")};
    auto removed = services.reports->remove(id);
    if (!removed && removed.error().code == ErrorCode::BenchmarkNotFound)
        removed.error().context.field = "benchmark_id";
    if (!removed)
        return fail(std::move(removed).error());
    return Json{{"benchmark_id", id.text}};
}

std::function<JobDescription(const Arguments&)> lightJob(std::string operation, const char* subject)
{
    return [operation = std::move(operation), subject](const Arguments& arguments) {
        return JobDescription{.operation = operation,
            .modelId = {},
            .deviceId = {},
            .subject = arguments.has(subject) ? arguments.text(subject) : std::string{},
            .weight = JobWeight::Light};
    };
}

OperationSpec resultsSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_benchmark_results",
        .summary = "The reports of benchmarks: one of them, or a list, the newest first.",
        .duration = Duration::Long,
        .fields = {{.name = "benchmark_id",
                       .type = FieldType::Text,
                       .help = "The report to answer with; left out: a list of reports."},
            {.name = "model_id",
                .type = FieldType::Text,
                .help = "Only reports that have measured this model; left out: all."},
            {.name = "limit",
                .type = FieldType::Integer,
                .help = "At most so many reports; left out: 50.",
                .minimum = 1,
                .maximum = static_cast<std::int64_t>(ReportStore::kMost)}},
        .errors = withReadErrors({ErrorCode::BenchmarkNotFound}),
        .answer = "report, as post_model_benchmark answers; or reports, of each id, started_at, end, device_id (empty: "
                  "the RAM cache only), device_name, precision, temperature, iterations, version, models with name and "
                  "whole_seconds (the median; null: not measured), trend: null, or whole_ratio to the run before that "
                  "measured the same, and its before_id, and error: null, or why the file cannot be used, which has "
                  "nothing else but its id then",
        .dataKeys = {"report.machine.features"},
        .describe = lightJob("get_model_benchmark_results", "benchmark_id"),
        .handler = [&services](
                       const Arguments& arguments, JobContext* job) { return getResults(services, arguments, *job); },
    };
}

OperationSpec comparisonSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_benchmark_comparison",
        .summary = "Whether one benchmark was faster than another, stage by stage, and whether that may be chance: in "
                   "seconds for models that both have, in bytes a second where they have none in common.",
        .duration = Duration::Long,
        .fields = {{.name = "before",
                       .type = FieldType::Text,
                       .presence = Presence::Required,
                       .help = "The report to compare with, by its id."},
            {.name = "after",
                .type = FieldType::Text,
                .presence = Presence::Required,
                .help = "The report that is compared, by its id."}},
        .errors = withReadErrors({ErrorCode::BenchmarkNotFound}),
        .answer =
            "comparability (same_setup, other_setup, rates_only: no model is in both, not_comparable), "
            "differences of the setups (aspect, before, after), models that both have, or with rates_only two "
            "that stand beside each other (name, name_before), each with its stages: verdict (faster, slower, "
            "no_difference, too_noisy, too_few), medians in seconds (not with rates_only), ratio of the seconds, "
            "or with rates_only of the seconds for each byte, with its interval, probability, limit_ratio, and of "
            "both runs bytes_per_second and limit with name, bytes_per_second and share; only_before, only_after: "
            "names of models that have none beside them. A name is followed by components or by an id where both "
            "reports have a model of this name and these are not the same",
        .describe = lightJob("get_model_benchmark_comparison", "after"),
        .handler = [&services](const Arguments& arguments, JobContext*) { return getComparison(services, arguments); },
    };
}

OperationSpec exportSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_benchmark_export",
        .summary = "Writes a benchmark's report into a file, whole or not at all.",
        .duration = Duration::Long,
        .fields = {{.name = "benchmark_id",
                       .type = FieldType::Text,
                       .presence = Presence::Required,
                       .help = "The report, by its id."},
            {.name = "file",
                .type = FieldType::Path,
                .presence = Presence::Required,
                .help = "The file to write. Its folder must be there."},
            {.name = "format",
                .type = FieldType::Text,
                .help = "csv (a row for each measurement) or json (all of the report); left out: csv.",
                .allowed = {"csv", "json"}},
            {.name = "if_exists",
                .type = FieldType::Text,
                .help = "What happens to a file that is already there: refuse or replace; left out: refuse.",
                .allowed = {"refuse", "replace"}}},
        .errors = withReadErrors(
            {ErrorCode::BenchmarkNotFound, ErrorCode::NotFound, ErrorCode::AlreadyExists, ErrorCode::DiskFull}),
        .answer = "file, report_bytes",
        .describe = lightJob("post_model_benchmark_export", "file"),
        .handler = [&services](
                       const Arguments& arguments, JobContext* job) { return postExport(services, arguments, *job); },
    };
}

OperationSpec deleteSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "delete_model_benchmark",
        .summary = "Deletes the report of a benchmark.",
        .duration = Duration::Long,
        .fields = {{.name = "benchmark_id",
            .type = FieldType::Text,
            .presence = Presence::Required,
            .help = "The report, by its id."}},
        .errors = {ErrorCode::BenchmarkNotFound, ErrorCode::Cancelled, ErrorCode::PermissionDenied, ErrorCode::IoError},
        .answer = "benchmark_id",
        .describe = lightJob("delete_model_benchmark", "benchmark_id"),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return deleteBenchmark(services, arguments); },
    };
}

} // namespace

void addBenchmarkReportOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(resultsSpec(services));
    registry.add(comparisonSpec(services));
    registry.add(exportSpec(services));
    registry.add(deleteSpec(services));
}

} // namespace weightroom::engine

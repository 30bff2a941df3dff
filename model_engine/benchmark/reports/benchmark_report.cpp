// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/benchmark_report.h"

#include "model_engine/benchmark/reports/report_archive.h"
#include "model_engine/core/json_fields.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr std::string_view kDocument = "weightroom_benchmark";

tl::unexpected<Error> invalid(std::string place, std::string_view what)
{
    return fail(ErrorCode::InvalidValue, "the benchmark report's '" + place + "' " + std::string{what},
        {.field = std::move(place)});
}

std::string numbered(std::string_view list, std::size_t index)
{
    return std::string{list} + "[" + std::to_string(index) + "]";
}

Result<> checkMeasurements(const StageResult& result, std::uint32_t iterations, const std::string& place)
{
    if (result.measurements.empty())
        return invalid(place, "must not be empty");
    std::uint32_t previous = 0;
    for (std::size_t i = 0; i < result.measurements.size(); ++i) {
        const std::uint32_t iteration = result.measurements[i].iteration;
        if (iteration <= previous || iteration > iterations)
            return invalid(numbered(place, i) + ".iteration", "must grow, from 1 to the iterations of the run");
        previous = iteration;
    }
    return {};
}

Result<> checkStages(const std::vector<StageResult>& stages, std::uint32_t iterations, const std::string& place)
{
    BenchmarkStage previous = BenchmarkStage::None;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const std::string stage = numbered(place, i);
        if (stages[i].stage <= previous)
            return invalid(stage + ".stage", "must be a stage, in their order, each at most once");
        if (auto fine = checkMeasurements(stages[i], iterations, stage + ".measurements"); !fine)
            return fine;
        previous = stages[i].stage;
    }
    return {};
}

/// What the types of the fields do not say.
Result<> check(const BenchmarkReport& report)
{
    if (!isBenchmarkId(report.id))
        return invalid("id", "must be the id of a report");
    if (report.end == BenchmarkEnd::Unknown)
        return invalid("end", "must be known");
    if (report.settings.temperature == BenchmarkTemperature::Unknown)
        return invalid("settings.temperature", "must be known");
    if (report.settings.iterations < 1 || report.settings.iterations > kMostBenchmarkIterations)
        return invalid("settings.iterations", "must be from 1 to " + std::to_string(kMostBenchmarkIterations));
    if (report.models.size() > kMostBenchmarkModels)
        return invalid("models", "must be at most " + std::to_string(kMostBenchmarkModels));
    for (std::size_t i = 0; i < report.models.size(); ++i) {
        const std::string place = numbered("models", i) + ".stages";
        if (auto fine = checkStages(report.models[i].stages, report.settings.iterations, place); !fine)
            return fine;
        const auto& peer = report.models[i].peer;
        if (peer && peer->seconds.size() > report.settings.iterations)
            return invalid(numbered("models", i) + ".peer.seconds", "must be at most one for each iteration");
    }
    return {};
}

/// Of the whole document: before anything else is looked at, as all else may differ.
Result<> checkVersion(const Json& document)
{
    if (!document.is_object() || textIn(document, "document") != kDocument)
        return invalid("document", "must be '" + std::string{kDocument} + "'");
    const auto version = countIn(document, "format_version");
    if (!version || *version == 0)
        return invalid("format_version", "must be a whole number from 1 on");
    if (*version > kReportVersion)
        return fail(ErrorCode::Unsupported,
            "the benchmark report was written by a newer version of Weightroom (format " + std::to_string(*version)
                + ", this one knows " + std::to_string(kReportVersion) + ")",
            {.field = "format_version"});
    return {};
}

} // namespace

std::vector<double> StageResult::seconds() const
{
    std::vector<double> seconds;
    for (const StageMeasurement& measurement : measurements)
        seconds.push_back(measurement.seconds);
    return seconds;
}

const StageResult* ModelBenchmark::find(BenchmarkStage stage) const
{
    const auto found = std::ranges::find(stages, stage, &StageResult::stage);
    return found == stages.end() ? nullptr : &*found;
}

BenchmarkId benchmarkIdOf(Clock::Wall startedAt, std::uint64_t run)
{
    std::string text = toIsoText(startedAt, IsoPrecision::Milliseconds);
    std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
    return {text + "-" + std::to_string(run)};
}

bool isBenchmarkId(const BenchmarkId& id)
{
    constexpr std::string_view kPattern = "00000000T000000000Z-"; // a digit for each 0, then the run
    constexpr std::size_t kLongestRun = 20;
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    const std::string_view text = id.text;
    if (text.size() <= kPattern.size() || text.size() > kPattern.size() + kLongestRun)
        return false;
    const bool hasTime = std::ranges::equal(text.substr(0, kPattern.size()), kPattern,
        [&](char c, char wanted) { return wanted == '0' ? isDigit(c) : c == wanted; });
    return hasTime && std::ranges::all_of(text.substr(kPattern.size()), isDigit);
}

Json toJson(const BenchmarkReport& report)
{
    ReportWriter writer;
    writer("document", std::string{kDocument});
    writer("format_version", kReportVersion);
    fields(writer, report);
    Json document = writer.take();
    for (std::size_t i = 0; i < report.models.size(); ++i) {
        const std::vector<StageResult>& stages = report.models[i].stages;
        if (const auto rate = peerBytesPerSecond(report.models[i]))
            document["models"][i]["peer"]["bytes_per_second"] = *rate;
        for (std::size_t k = 0; k < stages.size(); ++k) {
            if (const auto figures = figuresOf(stages[k], report.settings.temperature, report.limits))
                document["models"][i]["stages"][k].update(toJson(*figures));
        }
    }
    return document;
}

Result<BenchmarkReport> benchmarkReportFromJson(const Json& document)
{
    if (auto known = checkVersion(document); !known)
        return fail(std::move(known).error());
    BenchmarkReport report;
    std::optional<Error> problem;
    ReportReader reader{document, {}, problem};
    reader.later("document", "format_version");
    fields(reader, report);
    reader.expectNoMore();
    if (problem)
        return fail(std::move(*problem));
    if (auto fine = check(report); !fine)
        return fail(std::move(fine).error());
    return report;
}

Result<BenchmarkReport> readBenchmarkReport(std::string_view text)
{
    auto document = parseJson(text, {.maxBytes = kLargestReport.value});
    if (!document)
        return fail(std::move(document).error());
    return benchmarkReportFromJson(*document);
}

} // namespace weightroom::engine

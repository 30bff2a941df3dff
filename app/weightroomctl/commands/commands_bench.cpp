// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/output/benchmark_output.h"

#include <filesystem>
#include <iostream>

namespace weightroom::ctl {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Json;
using engine::Result;

struct BenchOptions {
    std::vector<std::string> models;
    std::string device;
    std::vector<std::string> components;
    std::string temperature = "disk";
    std::string level;
    std::string precision;
    std::uint32_t iterations = 5;
    bool isVerified = false;
    bool asksPeer = false;
    bool checksCompute = false;
    std::string shown; ///< a kept report's id, in place of measuring; empty: none
    std::string csvFile; ///< empty: none
    std::string reportFile; ///< empty: none
    std::string comparedWith; ///< a report's id; empty: none
    bool isList = false;
};

bool areSameFile(const std::string& a, const std::string& b)
{
    std::error_code unknown;
    const auto whole = [&unknown](const std::string& file) {
        return std::filesystem::weakly_canonical(std::filesystem::absolute(file, unknown), unknown);
    };
    return !a.empty() && !b.empty() && whole(a) == whole(b);
}

/// Before minutes are spent on what cannot be written or compared then.
Result<> expectEndPossible(Session& session, const BenchOptions& options)
{
    for (const std::string& file : {options.csvFile, options.reportFile}) {
        std::error_code unknown;
        if (!file.empty() && std::filesystem::exists(file, unknown))
            return fail(ErrorCode::AlreadyExists, "'" + file + "' is there already", {.path = file});
    }
    if (areSameFile(options.csvFile, options.reportFile))
        return fail(ErrorCode::InvalidValue, "--csv and --report name the same file", {.path = options.reportFile});
    if (options.comparedWith.empty())
        return {};
    const auto before = session.call("model.get_model_benchmark_results", Json{{"benchmark_id", options.comparedWith}});
    return before ? Result<>{} : Result<>{fail(before.error())};
}

Result<Json> benchmarkRequest(Session& session, const BenchOptions& options)
{
    Json ids = Json::array();
    for (const std::string& wanted : options.models) {
        auto model = findModel(session, wanted);
        if (!model)
            return model;
        ids.push_back(model->at("model_id"));
    }
    Json request{{"model_ids", std::move(ids)}, {"temperature", options.temperature},
        {"iterations", options.iterations}, {"verify", options.isVerified}, {"compare_peer", options.asksPeer},
        {"check_compute", options.checksCompute}};
    const auto add = [&](const char* field, const std::string& value) {
        if (!value.empty())
            request[field] = value;
    };
    add("device_id", options.device);
    add("optimization_level", options.level);
    add("precision", options.precision);
    if (!options.components.empty())
        request["component_ids"] = options.components;
    return request;
}

/// Nothing to do where there is no file.
Result<> exportTo(Session& session, const std::string& file, const Json& id, const char* format)
{
    if (file.empty())
        return {};
    const auto written = session.call("model.post_model_benchmark_export",
        Json{{"benchmark_id", id}, {"file", absolutePath(file)}, {"format", format}});
    return written ? Result<>{} : Result<>{fail(written.error())};
}

/// What is done with a report, once it is there. Adds the comparison to the answer.
Result<> follow(Session& session, const BenchOptions& options, Json& answer)
{
    const Json& id = answer.at("report").at("id");
    if (auto written = exportTo(session, options.csvFile, id, "csv"); !written)
        return written;
    if (auto written = exportTo(session, options.reportFile, id, "json"); !written)
        return written;
    if (options.comparedWith.empty())
        return {};
    auto comparison =
        session.call("model.get_model_benchmark_comparison", Json{{"before", options.comparedWith}, {"after", id}});
    if (!comparison)
        return fail(std::move(comparison).error());
    answer["comparison"] = std::move(*comparison);
    return {};
}

void print(const Session& session, const Json& answer)
{
    if (session.format() == OutputFormat::Json) {
        std::cout << engine::writeJson(answer) << '\n';
        return;
    }
    printBenchmark(std::cout, answer.at("report"));
    if (const Json problem = answer.value("keeping_problem", Json()); !problem.is_null())
        std::cout << "The report is not kept as it should be: "
                  << engine::escapeForTerminal(problem.at("message").get<std::string>()) << '\n';
    if (answer.contains("comparison"))
        printComparison(std::cout, answer.at("comparison"));
}

ExitStatus list(Session& session)
{
    const auto answer = session.call("model.get_model_benchmark_results", Json::object());
    if (!answer)
        return printError(answer.error());
    if (session.format() == OutputFormat::Json)
        std::cout << engine::writeJson(*answer) << '\n';
    else
        printReports(std::cout, answer->at("reports"));
    return ExitStatus::Success;
}

/// The status of the first model that could not be measured, for scripts; the report has the rest.
ExitStatus statusOf(const Json& report)
{
    for (const Json& model : report.at("models")) {
        if (const Json problem = model.value("problem", Json()); !problem.is_null())
            return exitStatusOf(engine::errorFromJson(problem).code);
    }
    return ExitStatus::Success;
}

/// A report that is kept, as if it had been measured now.
ExitStatus show(Session& session, const BenchOptions& options)
{
    if (auto possible = expectEndPossible(session, options); !possible)
        return printError(possible.error());
    auto answer = session.call("model.get_model_benchmark_results", Json{{"benchmark_id", options.shown}});
    if (!answer)
        return printError(answer.error());
    const auto followed = follow(session, options, *answer);
    print(session, *answer);
    return followed ? ExitStatus::Success : printError(followed.error());
}

ExitStatus bench(Session& session, const BenchOptions& options)
{
    if (options.isList)
        return list(session);
    if (!options.shown.empty())
        return show(session, options);
    if (options.models.empty())
        return printError({ErrorCode::MissingField, "a model to measure is missing", {.field = "models"}});
    if (auto possible = expectEndPossible(session, options); !possible)
        return printError(possible.error());
    const auto request = benchmarkRequest(session, options);
    if (!request)
        return printError(request.error());
    auto answer = session.call("model.post_model_benchmark", *request);
    if (!answer)
        return printError(answer.error());
    const auto followed = follow(session, options, *answer);
    print(session, *answer);
    return followed ? statusOf(answer->at("report")) : printError(followed.error());
}

/// What is measured, and how.
std::vector<CLI::Option*> addRunOptions(CLI::App& command, BenchOptions& options)
{
    return {
        command.add_option("models", options.models, "Files, or ids or names of models in the configured folders"),
        command.add_option(
            "--device", options.device, "Where to, such as GPU_0 or HOST_0, or cache; left out: the first device"),
        command.add_option("--component", options.components, "Only this component; may be given again")->take_all(),
        command
            .add_option("--temperature", options.temperature,
                "Where the bytes are when a load begins: the disk (cold), the page_cache or the ram_cache")
            ->check(CLI::IsMember({"disk", "page_cache", "ram_cache"}))
            ->capture_default_str(),
        command.add_option("--iterations", options.iterations, "How often each is measured, 1 to 200")
            ->capture_default_str(),
        command.add_option(
            "--optimization", options.level, "What may be converted to save memory; left out: nothing is converted"),
        command.add_option(
            "--precision", options.precision, "Load all weights as as_stored, fp32, fp16, bf16 or fp8_e4m3fn"),
        command.add_flag("--verify", options.isVerified, "Whole loads read the device's bytes back and compare them"),
        command.add_flag("--compare-peer", options.asksPeer,
            "Python's safetensors also loads the same files, turn by turn; WEIGHTROOM_PYTHON names another Python than "
            "python3"),
        command.add_flag("--check-compute", options.checksCompute,
            "The device also calculates with the largest weights that were loaded, and the results are checked"),
    };
}

/// What is done with the report.
std::vector<CLI::Option*> addReportOptions(CLI::App& command, BenchOptions& options)
{
    return {
        command.add_option("--csv", options.csvFile, "Also write the measurements into this new file"),
        command.add_option("--report", options.reportFile, "Also write all of the report into this new file, as JSON"),
        command.add_option("--compare", options.comparedWith, "Compare with an earlier report, by its id"),
    };
}

void addOptions(CLI::App& command, BenchOptions& options)
{
    const std::vector<CLI::Option*> ofRun = addRunOptions(command, options);
    const std::vector<CLI::Option*> ofReport = addReportOptions(command, options);
    CLI::Option* shown =
        command.add_option("--show", options.shown, "Take the report that is kept by this id, and measure nothing");
    CLI::Option* listed =
        command.add_flag("--list", options.isList, "List the reports that are kept, and measure nothing");
    listed->excludes(shown);
    for (CLI::Option* option : ofRun) {
        shown->excludes(option);
        listed->excludes(option);
    }
    for (CLI::Option* option : ofReport)
        listed->excludes(option);
}

} // namespace

void addBenchCommand(CLI::App& app, Action& action)
{
    auto options = std::make_shared<BenchOptions>();
    CLI::App* command = app.add_subcommand(
        "bench", "Measures how fast models are loaded, stage by stage, against what the machine can do");
    addOptions(*command, *options);
    command->callback(
        [&action, options] { action = [options](Session& session) { return bench(session, *options); }; });
}

} // namespace weightroom::ctl

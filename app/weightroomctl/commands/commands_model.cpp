// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/output/text_table.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <iostream>

namespace weightroom::ctl {
namespace {

using engine::Json;

constexpr const char* kModelHelp =
    "A file, the folder of a pipeline, or the id or name of a model in the configured folders";

std::string text(const Json& row, const char* field) { return row.at(field).get<std::string>(); }

std::uint64_t number(const Json& row, const char* field) { return row.at(field).get<std::uint64_t>(); }

struct ValidateOptions {
    std::string model;
    bool checksValues = false;
    bool checksHashes = false;
};

void printChecks(const Json& answer)
{
    TextTable table{{{"CHECK"}, {"OUTCOME"}, {"DETAIL"}}};
    for (const Json& check : answer.at("checks")) {
        std::string outcome = text(check, "status");
        std::ranges::replace(outcome, '_', ' ');
        table.add({text(check, "check"), std::move(outcome), text(check, "detail")});
    }
    table.print(std::cout);
}

void printTensors(const Json& answer)
{
    const Json& tensors = answer.at("tensors_with_problems");
    if (tensors.empty())
        return;
    TextTable table{
        {{"TENSOR", Align::Left, Fit::Cut}, {"NAN", Align::Right}, {"INFINITE", Align::Right}, {"ALL ZERO"}}};
    for (const Json& tensor : tensors) {
        table.add({text(tensor, "name"), std::to_string(number(tensor, "nan_count")),
            std::to_string(number(tensor, "inf_count")), tensor.at("is_all_zero").get<bool>() ? "yes" : ""});
    }
    table.print(std::cout);
    if (const std::uint64_t count = number(answer, "tensors_with_problems_count"); count > tensors.size())
        std::cout << "and " << count - tensors.size() << " more\n";
}

void printValidation(const Json& answer)
{
    printChecks(answer);
    printTensors(answer);
    std::cout << (answer.at("is_valid").get<bool>() ? "valid" : "NOT VALID") << "; "
              << toText(engine::Bytes{number(answer, "bytes_read")}) << " read in "
              << secondsText(answer.at("elapsed_seconds").get<double>()) << '\n';
}

/// A model that is not valid is a broken file: a script sees it in the status.
ExitStatus validate(Session& session, const ValidateOptions& options)
{
    auto request = requestFor(session, options.model);
    if (!request)
        return printError(request.error());
    (*request)["check_values"] = options.checksValues;
    (*request)["check_hashes"] = options.checksHashes;
    auto answer = session.call("model.post_model_validate", *request);
    if (!answer)
        return printError(answer.error());
    if (session.format() == OutputFormat::Json)
        std::cout << engine::writeJson(*answer) << '\n';
    else
        printValidation(*answer);
    return answer->at("is_valid").get<bool>() ? ExitStatus::Success : ExitStatus::File;
}

struct ConvertOptions {
    std::string model;
    std::string target;
    std::string format;
    std::string precision;
    bool keepsEma = false;
    bool replaces = false;
    bool beginsAnew = false;
};

void printLoss(const Json& answer)
{
    const std::uint64_t converted = number(answer, "converted_values");
    if (converted == 0)
        return;
    std::cout << counted(converted, "value") << " brought to another type: largest error "
              << answer.at("largest_error").get<double>() << ", mean " << answer.at("mean_error").get<double>() << "; "
              << number(answer, "overflowed_values") << " beyond its largest number\n";
}

void printConversion(const Json& answer)
{
    TextTable table{{{"FILE"}, {"SIZE", Align::Right}}};
    for (const Json& file : answer.at("files"))
        table.add({text(file, "path"), toText(engine::Bytes{number(file, "size_bytes")})});
    table.print(std::cout);
    std::cout << counted(number(answer, "tensor_count"), "tensor");
    if (const std::uint64_t dropped = number(answer, "dropped_tensors"); dropped > 0)
        std::cout << "; " << dropped << " left out (" << toText(engine::Bytes{number(answer, "dropped_bytes")}) << ')';
    const double seconds = answer.at("elapsed_seconds").get<double>();
    const std::uint64_t resumed = number(answer, "resumed_bytes");
    std::cout << "; written in " << secondsText(seconds) << ", "
              << rateText(number(answer, "size_bytes") - resumed, seconds) << '\n';
    if (resumed > 0)
        std::cout << "resumed: an interrupted conversion had written " << toText(engine::Bytes{resumed}) << '\n';
    printLoss(answer);
    for (const Json& note : answer.at("notes"))
        std::cout << note.get<std::string>() << '\n';
}

/// Without --to, what ends like a safetensors file is to be one, and all else a folder.
std::string formatOf(const ConvertOptions& options)
{
    if (!options.format.empty())
        return options.format;
    const std::string extension = engine::lowerCase(std::filesystem::path{options.target}.extension().string());
    return extension == ".safetensors" || extension == ".sft" ? "safetensors" : "diffusers";
}

ExitStatus convert(Session& session, const ConvertOptions& options)
{
    auto request = requestFor(session, options.model);
    if (!request)
        return printError(request.error());
    (*request)["output_path"] = absolutePath(options.target);
    (*request)["target_format"] = formatOf(options);
    (*request)["precision"] = options.precision;
    (*request)["drop_ema"] = !options.keepsEma;
    (*request)["if_exists"] = options.replaces ? "replace" : "refuse";
    (*request)["resume"] = !options.beginsAnew;
    auto answer = session.call("model.post_model_convert", *request);
    if (!answer)
        return printError(answer.error());
    if (session.format() == OutputFormat::Json)
        std::cout << engine::writeJson(*answer) << '\n';
    else
        printConversion(*answer);
    return ExitStatus::Success;
}

void addValidateCommand(CLI::App& app, Action& action)
{
    auto options = std::make_shared<ValidateOptions>();
    CLI::App* command = app.add_subcommand("validate", "Checks that a model is whole; status 3 when it is not");
    command->add_option("model", options->model, kModelHelp)->required();
    command->add_flag("--values", options->checksValues, "Read every element: NaN, infinities, nothing but zeros");
    command->add_flag(
        "--hashes", options->checksHashes, "Compute the hashes that are claimed in the header and beside the file");
    command->callback(
        [&action, options] { action = [options](Session& session) { return validate(session, *options); }; });
}

void addConvertCommand(CLI::App& app, Action& action)
{
    auto options = std::make_shared<ConvertOptions>();
    options->precision = "keep";
    CLI::App* command = app.add_subcommand("convert",
        "Writes a model in another format or precision; goes on where a crash, a full disk or the end of the "
        "program interrupted the same conversion");
    command->add_option("model", options->model, kModelHelp)->required();
    command->add_option("target", options->target, "The new file (.safetensors) or folder")->required();
    command->add_option("--to", options->format, "Left out: what the name of the target says")
        ->check(CLI::IsMember({"safetensors", "diffusers"}));
    command->add_option("--precision", options->precision, "What floating-point tensors are brought to")
        ->check(CLI::IsMember({"keep", "fp32", "fp16", "bf16", "fp8_e4m3", "fp8_e5m2"}))
        ->capture_default_str();
    command->add_flag("--keep-ema", options->keepsEma, "Keep the averaged copy of the weights that training leaves");
    command->add_flag("--replace", options->replaces, "Replace a file that is already there");
    command->add_flag("--begin-anew", options->beginsAnew, "Do not go on with what was interrupted");
    command->callback(
        [&action, options] { action = [options](Session& session) { return convert(session, *options); }; });
}

} // namespace

void addModelCommands(CLI::App& app, Action& action)
{
    addValidateCommand(app, action);
    addConvertCommand(app, action);
}

} // namespace weightroom::ctl

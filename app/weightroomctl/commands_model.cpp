// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/text_table.h"

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
    TextTable table{{{"TENSOR"}, {"NAN", Align::Right}, {"INFINITE", Align::Right}, {"ALL ZERO"}}};
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
              << decimalText(number(answer, "bytes_read")) << " read in "
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

} // namespace

void addModelCommands(CLI::App& app, Action& action)
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

} // namespace weightroom::ctl

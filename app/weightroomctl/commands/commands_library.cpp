// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/output/text_table.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <iostream>

namespace weightroom::ctl {
namespace {

using engine::Bytes;
using engine::ErrorCode;
using engine::fail;
using engine::Json;
using engine::Result;

std::string text(const Json& row, const char* field)
{
    const Json& value = row.at(field);
    return value.is_string() ? value.get<std::string>() : std::string{"-"};
}

std::string stateOf(const Json& model)
{
    if (model.at("is_loaded").get<bool>())
        return "loaded";
    return model.at("is_cached").get<bool>() ? "cached" : "on disk";
}

/// Of an incompatible model: the first of its problems says why it is one.
std::string reasonOf(const Json& model) { return "cannot be used: " + text(model.at("problems").front(), "message"); }

void addModel(TextTable& table, const Json& model, std::string state)
{
    table.add({text(model, "name"), text(model, "model_type"), text(model, "architecture"), text(model, "precision"),
        toText(Bytes{model.at("size_bytes").get<std::uint64_t>()}), std::move(state), text(model, "model_id")});
}

void printModels(const Json& answer)
{
    TextTable table{{{"NAME", Align::Left, Fit::Cut}, {"TYPE"}, {"ARCHITECTURE"}, {"PRECISION"}, {"SIZE", Align::Right},
        {"STATE", Align::Left, Fit::Cut}, {"ID"}}};
    for (const Json& model : answer.at("models"))
        addModel(table, model, stateOf(model));
    for (const Json& model : answer.at("incompatible_models"))
        addModel(table, model, reasonOf(model));
    table.print(std::cout);
}

void printStatistics(const Json& answer)
{
    const Json& statistics = answer.at("scan_statistics");
    std::cout << counted(statistics.at("files").get<std::uint64_t>(), "file") << ", "
              << toText(Bytes{statistics.at("size_bytes").get<std::uint64_t>()}) << ", in "
              << counted(statistics.at("folders").get<std::uint64_t>(), "folder") << "; "
              << statistics.at("errors").get<std::uint64_t>() << " with problems; "
              << secondsText(statistics.at("elapsed_seconds").get<double>()) << '\n';
}

/// What is missing from the list, where it does not get into the list.
void printFolderProblems(const Json& answer)
{
    for (const Json& problem : answer.at("folder_problems"))
        std::cerr << "not read: " << engine::escapeForTerminal(text(problem.at("error"), "message")) << '\n';
}

Json scanRequest(const std::vector<std::string>& folders)
{
    Json request = Json::object();
    if (!folders.empty())
        request["scan_directories"] = Json::array();
    for (const std::string& folder : folders)
        request["scan_directories"].push_back(absolutePath(folder));
    return request;
}

ExitStatus scanAndPrint(Session& session, const std::vector<std::string>& folders, void (*print)(const Json&))
{
    auto answer = session.call("model.get_available_models", scanRequest(folders));
    if (!answer)
        return printError(answer.error());
    if (session.format() == OutputFormat::Json) {
        std::cout << engine::writeJson(*answer) << '\n';
        return ExitStatus::Success;
    }
    if (answer->at("scan_statistics").at("folders").get<std::uint64_t>() == 0)
        std::cout << "No model folders are configured: name one, as in `weightroomctl scan ~/models`.\n";
    print(*answer);
    std::cout.flush(); // before what stands in no list
    printFolderProblems(*answer);
    return ExitStatus::Success; // had none of the folders been read, there would be an error and no answer
}

ExitStatus makeSample(
    Session& session, const std::string& directory, const std::string& size, const std::vector<std::string>& kinds)
{
    Json request{{"directory", absolutePath(directory)}, {"size", size}};
    if (!kinds.empty())
        request["model_types"] = kinds;
    auto answer = session.call("library.post_sample_library", request);
    if (!answer)
        return printError(answer.error());
    if (session.format() == OutputFormat::Json) {
        std::cout << engine::writeJson(*answer) << '\n';
        return ExitStatus::Success;
    }
    for (const Json& file : answer->at("files"))
        std::cout << engine::escapeForTerminal(file.at("path").get<std::string>()) << "  "
                  << toText(Bytes{file.at("size_bytes").get<std::uint64_t>()}) << '\n';
    return ExitStatus::Success;
}

bool isMatch(const Json& model, const std::string& wanted)
{
    return model.at("model_id") == wanted || model.at("name") == wanted || model.at("path") == wanted;
}

Result<Json> findIn(const Json& answer, const std::string& wanted)
{
    std::vector<const Json*> found;
    for (const char* list : {"models", "incompatible_models"}) {
        for (const Json& model : answer.at(list)) {
            if (isMatch(model, wanted))
                found.push_back(&model);
        }
    }
    if (found.empty())
        return fail(ErrorCode::ModelNotFound, "no model has the id, name or path '" + wanted + "'");
    if (found.size() > 1)
        return fail(ErrorCode::InvalidValue,
            std::to_string(found.size()) + " models are called '" + wanted + "': give the id or the path");
    return *found.front();
}

} // namespace

Result<Json> findModel(Session& session, const std::string& wanted)
{
    // A path is taken at its word, wherever it is; anything else is looked for in the configured folders.
    std::error_code unknown;
    const auto path = std::filesystem::absolute(wanted, unknown).lexically_normal();
    const bool isThere = !unknown && std::filesystem::exists(path, unknown);
    if (!isThere && wanted.find('/') != std::string::npos)
        return fail(ErrorCode::NotFound, "there is no file '" + path.string() + "'", {.path = path.string()});
    const Json request = isThere ? Json{{"files", {path.string()}}} : Json::object();
    auto answer = session.call("model.get_available_models", request);
    // Answers are UTF-8; a name that is not stands there with replacement characters.
    return answer ? findIn(*answer, engine::toValidUtf8(isThere ? path.string() : wanted)) : answer;
}

std::string absolutePath(const std::string& path)
{
    std::error_code unknown;
    const auto absolute = std::filesystem::absolute(path, unknown);
    return unknown ? path : absolute.lexically_normal().string();
}

Result<Json> requestFor(Session& session, const std::string& wanted)
{
    std::error_code unknown;
    if (std::filesystem::exists(wanted, unknown))
        return Json{{"path", absolutePath(wanted)}};
    auto model = findModel(session, wanted);
    return model ? Result<Json>(Json{{"model_id", model->at("model_id")}}) : model;
}

void addLibraryCommands(CLI::App& app, Action& action)
{
    auto folders = std::make_shared<std::vector<std::string>>();
    CLI::App* scan = app.add_subcommand("scan", "Scans folders and says what was found");
    scan->add_option("folders", *folders, "Folders; left out: the configured ones");
    scan->callback([&action, folders] {
        action = [folders](Session& session) {
            return scanAndPrint(session, *folders, [](const Json& answer) {
                printModels(answer);
                printStatistics(answer);
            });
        };
    });
    app.add_subcommand("list", "Lists the models of the configured folders")->callback([&action] {
        action = [](Session& session) { return scanAndPrint(session, {}, printModels); };
    });

    auto directory = std::make_shared<std::string>();
    auto size = std::make_shared<std::string>("small");
    auto kinds = std::make_shared<std::vector<std::string>>();
    CLI::App* sample =
        app.add_subcommand("make-sample", "Writes a library of valid models with real tensor names and random weights");
    sample->add_option("folder", *directory, "Where to; it is made when it is not there")->required();
    sample->add_option("--size", *size, "small: shrunk tensors, seconds; full: real shapes, many GB")
        ->check(CLI::IsMember({"small", "full"}))
        ->capture_default_str();
    sample->add_option("--type", *kinds, "Only models of this type (checkpoint, lora, ...); may be given again")
        ->take_all();
    sample->callback([&action, directory, size, kinds] {
        action = [directory, size, kinds](Session& session) { return makeSample(session, *directory, *size, *kinds); };
    });
}

} // namespace weightroom::ctl

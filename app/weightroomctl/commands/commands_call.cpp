// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/line_reader.h"
#include "app/weightroomctl/output/text_table.h"
#include "app/weightroomctl/split_words.h"
#include "model_engine/server/rpc/server_methods.h"

#include <iostream>

namespace weightroom::ctl {
namespace {

using engine::fail;
using engine::Json;
using engine::Result;

/// What is no JSON is most often fields without a shell's quotes.
engine::Error aboutFields(engine::Error error)
{
    if (error.code == engine::ErrorCode::InvalidJson)
        error.detail = "the fields are not a JSON object, such as '{\"path\": \"/x\"}': " + error.detail;
    return error;
}

ExitStatus call(Session& session, const std::string& operation, const std::string& request)
{
    auto text = request == "-" ? readStandardInput(session.stopToken()) : Result<std::string>(request);
    auto document = text ? engine::parseJson(*text) : Result<Json>(fail(std::move(text).error()));
    if (!document)
        return printError(aboutFields(std::move(document).error()));
    if (document->is_object() && document->contains("model_id")) {
        if (auto known = session.knowModels(); !known)
            return printError(known.error());
    }
    auto answer = session.call(operation, *document);
    if (!answer)
        return printError(answer.error());
    std::cout << engine::writeJson(*answer) << '\n';
    return ExitStatus::Success;
}

/// Those of the engine that is asked: where one is served, another one is not made to know.
Result<Json> operationsOf(Session& session)
{
    const auto server = session.server();
    if (!server)
        return fail(server.error());
    if (!server->is_null()) {
        auto served = session.call("server.get_operations", Json::object());
        if (served || served.error().code != engine::ErrorCode::UnknownOperation) // an older one does not tell
            return served;
    }
    auto engine = session.openEngine();
    if (!engine)
        return fail(std::move(engine).error());
    return engine::operationsJson((*engine)->operations());
}

ExitStatus listOperations(Session& session)
{
    const auto answer = operationsOf(session);
    if (!answer)
        return printError(answer.error());
    const Json& rows = answer->at("operations");
    if (session.format() == OutputFormat::Json) {
        std::cout << engine::writeJson(rows) << '\n';
        return ExitStatus::Success;
    }
    TextTable table{{{"OPERATION"}, {"WHAT IT DOES"}}};
    for (const Json& row : rows)
        table.add({row.at("operation").get<std::string>(), row.at("summary").get<std::string>()});
    table.print(std::cout);
    return ExitStatus::Success;
}

enum class Echo { Off, On };

/// Runs line after line; the status is that of the first line that failed, so that a script notices.
ExitStatus runSession(Session& session, Echo echo)
{
    session.expectMore();
    LineReader lines;
    ExitStatus first = ExitStatus::Success;
    const auto note = [&first](ExitStatus status) { first = first == ExitStatus::Success ? status : first; };
    while (const auto line = lines.next(session.stopToken())) {
        if (!*line) {
            note(printError(line->error()));
            break;
        }
        const auto words = splitWords(**line);
        if (words.empty() || words.front().starts_with('#'))
            continue;
        if (words.front() == "exit" || words.front() == "quit")
            break;
        if (echo == Echo::On)
            std::cout << "\n> " << engine::escapeForTerminal(**line) << std::endl;
        note(runCommandLine(words, session));
        std::cout.flush();
    }
    return session.stopToken().stop_requested() ? ExitStatus::Cancelled : first;
}

} // namespace

void addCallCommands(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("call", "Calls one operation; prints its answer as one JSON document");
    auto operation = std::make_shared<std::string>();
    auto request = std::make_shared<std::string>("{}");
    command->add_option("operation", *operation, "Its full name, such as model.get_model")->required();
    command->add_option("fields", *request, "Its fields as a JSON object; - reads them from standard input")
        ->capture_default_str();
    command->callback([&action, operation, request] {
        action = [operation, request](Session& session) { return call(session, *operation, *request); };
    });
    app.add_subcommand("operations", "Lists the operations that `call` knows")->callback([&action] {
        action = listOperations;
    });
    CLI::App* lines = app.add_subcommand("session", "Runs commands from standard input, one a line, in one engine");
    auto echo = std::make_shared<Echo>(Echo::Off);
    lines->add_flag_callback(
        "--echo", [echo] { *echo = Echo::On; }, "Print each line before its answer");
    lines->callback([&action, echo] { action = [echo](Session& session) { return runSession(session, *echo); }; });
}

} // namespace weightroom::ctl

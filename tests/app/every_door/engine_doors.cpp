// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/every_door/engine_doors.h"

#include "model_engine/server/rpc/rpc_message.h"

using namespace weightroom::engine;

namespace weightroom::test {
namespace {

/// The code that docs/socket.md gives an error.
int codeFor(const std::string& error)
{
    if (error == "unknown_operation")
        return -32601;
    const bool isAboutFields = error == "unknown_field" || error == "missing_field" || error == "invalid_value";
    return isAboutFields ? -32602 : -32000;
}

} // namespace

bool isGet(const std::string& operation) { return operation.find(".get_") != std::string::npos; }

Answer DirectDoor::ask(const std::string& operation, const Json& fields)
{
    const auto answer = m_engine.call(operation, fields);
    return answer ? Answer{.document = *answer} : Answer{.isError = true, .document = toJson(answer.error())};
}

Answer SocketDoor::ask(const std::string& operation, const Json& fields)
{
    LineClient& client = m_reading == Reading::Apart && isGet(operation) ? m_reader : m_full;
    if (!client.ask(operation, operation.c_str(), fields))
        return {.wrong = "the socket takes no request"};
    while (const auto message = client.next()) {
        if (!message->contains("id"))
            continue; // a notification
        if (message->at("id") != operation)
            return {.document = *message, .wrong = "the answer is to somebody else"};
        if (message->contains("result"))
            return {.document = message->at("result")};
        const Json& error = message->at("error");
        Answer answer{.isError = true, .document = error.at("data")};
        if (error.at("code") != codeFor(answer.code()))
            answer.wrong = "the error has the code " + writeJson(error.at("code"));
        else if (error.at("message") != answer.document.at("message"))
            answer.wrong = "the error has another message beside its data";
        return answer;
    }
    return {.wrong = "the socket was closed"};
}

} // namespace weightroom::test

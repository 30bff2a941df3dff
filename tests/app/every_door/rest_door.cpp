// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/every_door/rest_door.h"

#include "model_engine/server/rest/rest_names.h"
#include "model_engine/server/rest/rest_status.h"
#include "model_engine/server/rpc/server_methods.h"
#include "tests/app/every_door/engine_doors.h"
#include "tests/model_engine/server/rest/http_client.h"

#include <algorithm>
#include <cctype>
#include <utility>

using namespace weightroom::engine;

namespace weightroom::test {
namespace {

OperationRegistry forAnybody(const OperationRegistry& operations)
{
    OperationRegistry all;
    for (const OperationRegistry* registry : {&operations, &serverMethods()}) {
        for (OperationSpec spec : registry->all()) {
            spec.caller = Caller::Anybody;
            all.add(std::move(spec));
        }
    }
    return all;
}

/// As it stands in a path or a query.
std::string escaped(std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const unsigned char byte : text) {
        if (std::isalnum(byte) != 0 || byte == '-' || byte == '_' || byte == '.' || byte == '~')
            out.push_back(static_cast<char>(byte));
        else
            out.append({'%', kDigits[byte / 16U], kDigits[byte % 16U]});
    }
    return out;
}

std::string escapedText(const Json& value)
{
    return escaped(value.is_string() ? value.get<std::string>() : writeJson(value));
}

/// A list is its name again and again.
std::string queryOf(const Json& fields, RestNaming naming)
{
    std::string query;
    const auto add = [&](const std::string& name, const Json& value) {
        query.append(query.empty() ? "?" : "&").append(nameFor(name, naming)).append("=").append(escapedText(value));
    };
    for (const auto& [name, value] : fields.items()) {
        for (const Json& one : value.is_array() ? value : Json::array({value}))
            add(name, one);
    }
    return query;
}

Answer answerFrom(const std::optional<HttpAnswer>& response)
{
    if (!response)
        return {.wrong = "the connection was closed"};
    Json document = response->json();
    if (response->status == 200)
        return {.document = std::move(document)};
    for (const char* key : {"error", "Error"}) {
        if (!document.contains(key))
            continue;
        Answer answer{.isError = true, .document = document.at(key)};
        const auto status = statusOf(errorFromJson({{"code", answer.code()}}).code);
        if (response->status != static_cast<int>(status))
            answer.wrong = "the status is " + std::to_string(response->status);
        return answer;
    }
    return {.document = std::move(document), .wrong = "the status is " + std::to_string(response->status)};
}

} // namespace

RestDoor::RestDoor(
    const OperationRegistry& operations, std::uint16_t port, RestTokens tokens, Reading reading, RestNaming naming)
    : m_port(port)
    , m_tokens(std::move(tokens))
    , m_reading(reading)
    , m_naming(naming)
    , m_operations(forAnybody(operations))
    , m_routes(m_operations)
{
}

Answer RestDoor::ask(const std::string& operation, const Json& fields)
{
    const OperationSpec* spec = m_operations.find(operation);
    const std::string item = operation.substr(0, operation.find('.')) + "_id";
    const auto route = std::ranges::find_if(m_routes.all(),
        [&](const RestRoute& one) { return one.operation == spec && (one.item != nullptr) == fields.contains(item); });
    if (!spec || route == m_routes.all().end())
        return {.wrong = "there is no route"};
    const bool isApart = m_reading == Reading::Apart && isGet(operation);
    // A connection for each question: the server leaves those that are silent for long.
    HttpClient client{m_port, isApart ? m_tokens.readOnly : m_tokens.full};
    if (!send(client, *route, fields))
        return {.wrong = "the server takes no request"};
    return answerFrom(client.next());
}

bool RestDoor::send(HttpClient& client, const RestRoute& route, Json fields) const
{
    std::string target = route.path();
    if (route.item) {
        const std::string item{route.item->name.text()};
        target.replace(target.find('{'), target.find('}') - target.find('{') + 1, escapedText(fields.at(item)));
        fields.erase(item);
    }
    const bool isPascal = m_naming == RestNaming::Pascal;
    if (route.method == "POST") {
        Json body = Json::object();
        for (const auto& [name, value] : fields.items())
            body[nameFor(name, m_naming)] = value;
        return client.post(target, writeJson(body), isPascal ? HttpHeaders{{"X-Naming", "pascal"}} : HttpHeaders{});
    }
    target += queryOf(fields, m_naming);
    if (isPascal)
        target.append(fields.empty() ? "?" : "&").append("naming=pascal");
    return client.say(client.head(route.method, target));
}

} // namespace weightroom::test

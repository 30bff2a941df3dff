// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rpc/rpc_message.h"

namespace weightroom::engine {
namespace {

constexpr const char* kVersion = "2.0";

bool isShortText(const Json& value)
{
    return value.is_string() && value.get_ref<const std::string&>().size() <= kLongestRpcName;
}

bool isId(const Json& id) { return isShortText(id) || id.is_number_integer() || id.is_null(); }

Error aboutPart(const char* part, const std::string& what)
{
    return {ErrorCode::InvalidValue, std::string{"'"} + part + "' " + what, {.field = part}};
}

std::string line(const Json& message) { return writeJson(message) + '\n'; }

} // namespace

RpcCode rpcCodeOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::UnknownOperation:
        return RpcCode::MethodNotFound;
    case ErrorCode::UnknownField:
    case ErrorCode::MissingField:
    case ErrorCode::InvalidValue:
        return RpcCode::InvalidParams;
    default:
        return RpcCode::OperationFailed;
    }
}

Json rpcIdOf(const Json& message)
{
    if (!message.is_object() || !message.contains("id") || !isId(message.at("id")))
        return nullptr;
    return message.at("id");
}

Result<RpcRequest> parseRpcRequest(const Json& message)
{
    if (!message.is_object())
        return fail(ErrorCode::InvalidValue,
            message.is_array() ? "batches are not supported: send one request a line" : "a request is a JSON object");
    for (const auto& [name, value] : message.items()) {
        if (name != "jsonrpc" && name != "id" && name != "method" && name != "params") {
            const std::string shown = name.substr(0, kLongestRpcName);
            return fail(ErrorCode::UnknownField, "a request has no '" + shown + "'", {.field = shown});
        }
    }
    const auto version = message.find("jsonrpc");
    if (version == message.end() || *version != kVersion)
        return fail(aboutPart("jsonrpc", "must be \"2.0\""));
    if (message.contains("id") && !isId(message.at("id")))
        return fail(aboutPart(
            "id", "must be a whole number or a text of at most " + std::to_string(kLongestRpcName) + " bytes"));
    const auto method = message.find("method");
    if (method == message.end() || !isShortText(*method))
        return fail(aboutPart("method", "must be the full name of an operation, such as \"model.get_model\""));
    RpcRequest request{.id = rpcIdOf(message), .method = method->get<std::string>()};
    if (const auto params = message.find("params"); params != message.end()) {
        if (!params->is_object())
            return fail(aboutPart("params", "must be an object: fields have names, and no order"));
        request.params = *params;
    }
    return request;
}

std::string rpcAnswer(const Json& id, const Json& result)
{
    // Put together as text: a listing of a large library has megabytes, and would be copied.
    std::string answer = "{\"jsonrpc\":\"2.0\",\"id\":" + writeJson(id) + ",\"result\":";
    answer += writeJson(result);
    answer += "}\n";
    return answer;
}

std::string rpcError(const Json& id, RpcCode code, const Error& error)
{
    Json typed = toJson(error);
    Json message = typed.at("message");
    return line({{"jsonrpc", kVersion}, {"id", id},
        {"error",
            {{"code", static_cast<std::int32_t>(code)}, {"message", std::move(message)}, {"data", std::move(typed)}}}});
}

std::string rpcNotification(std::string_view method, const Json& params)
{
    return line({{"jsonrpc", kVersion}, {"method", method}, {"params", params}});
}

std::string rpcRequest(const Json& id, std::string_view method, const Json& params)
{
    return line({{"jsonrpc", kVersion}, {"id", id}, {"method", method}, {"params", params}});
}

Result<Json> resultOf(const Json& answer)
{
    if (!answer.is_object())
        return fail(ErrorCode::InvalidFormat, "the engine's answer is no JSON-RPC");
    if (const auto result = answer.find("result"); result != answer.end())
        return *result;
    const auto error = answer.find("error");
    if (error == answer.end() || !error->is_object() || !error->contains("data"))
        return fail(ErrorCode::InvalidFormat, "the engine's answer has neither a result nor a typed error");
    return fail(errorFromJson(error->at("data")));
}

} // namespace weightroom::engine

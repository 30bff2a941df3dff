// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <string>
#include <string_view>

namespace weightroom::engine {

// JSON-RPC 2.0 as the local socket speaks it: one object a line, no batches. `method` is the full name of an operation,
// `params` its fields. docs/socket.md describes it for those who write clients.

/// What a method's name and an id may have: they come back in answers, and errors name them more than once.
inline constexpr std::size_t kLongestRpcName = 256;

/// A message of a client.
struct RpcRequest {
    Json id; ///< a text or an integer; null: nobody waits for an answer
    std::string method;
    Json params = Json::object();
};

/// The codes that JSON-RPC gives a meaning to; the typed error beside it says more.
enum class RpcCode : std::int32_t {
    None = 0,
    ParseError = -32700, ///< no JSON
    InvalidRequest = -32600, ///< JSON, and no request
    MethodNotFound = -32601,
    InvalidParams = -32602, ///< a field that is unknown, missing or out of its limits
    OperationFailed = -32000, ///< the operation itself has failed: see the typed error
};

/// What an operation's error is to JSON-RPC.
[[nodiscard]] RpcCode rpcCodeOf(ErrorCode code);

/// Errors: InvalidValue and UnknownField, for what is no request; `field` says which part.
[[nodiscard]] Result<RpcRequest> parseRpcRequest(const Json& message);
/// The id to answer with, also when the rest of the message is wrong; null where there is none.
[[nodiscard]] Json rpcIdOf(const Json& message);

/// Lines to send, with their end.
[[nodiscard]] std::string rpcAnswer(const Json& id, const Json& result);
/// `error` has the code, the detail as its message, and the typed error (E1) as its data.
[[nodiscard]] std::string rpcError(const Json& id, RpcCode code, const Error& error);
[[nodiscard]] std::string rpcNotification(std::string_view method, const Json& params);
[[nodiscard]] std::string rpcRequest(const Json& id, std::string_view method, const Json& params);

/// What an answer of a server says. Errors: the server's, as it was before it was written; InvalidFormat for what is no
/// answer.
[[nodiscard]] Result<Json> resultOf(const Json& answer);

} // namespace weightroom::engine

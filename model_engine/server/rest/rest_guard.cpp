// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_guard.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array<std::string_view, 3> kLoopbackNames{"127.0.0.1", "localhost", "[::1]"};

/// "127.0.0.1:9767": this server, by a name that nobody else can give to it.
bool isOurs(std::string_view host, std::uint16_t port)
{
    const std::string behind = ":" + std::to_string(port);
    return std::ranges::any_of(
        kLoopbackNames, [&](std::string_view name) { return isSameWord(host, std::string{name} + behind); });
}

tl::unexpected<RestRefusal> refuseStranger(std::string detail)
{
    return refuse(403, ErrorCode::NotAllowed, std::move(detail));
}

tl::unexpected<RestRefusal> refuseWithoutToken(std::string detail)
{
    return refuse(401, ErrorCode::NotAllowed, std::move(detail), {}, {{"www-authenticate", "Bearer"}});
}

/// The token of "Bearer abc"; empty where there is none.
std::string_view bearerToken(std::string_view authorization)
{
    const auto blank = authorization.find(' ');
    if (blank == std::string_view::npos || !isSameWord(authorization.substr(0, blank), "bearer"))
        return {};
    return withoutBlanks(authorization.substr(blank));
}

/// "application/json", perhaps with "; charset=utf-8", which is what JSON is in.
bool isJson(std::string_view contentType)
{
    const auto end = std::min(contentType.find(';'), contentType.size());
    if (!isSameWord(withoutBlanks(contentType.substr(0, end)), "application/json"))
        return false;
    const std::string_view parameters = withoutBlanks(contentType.substr(std::min(end + 1, contentType.size())));
    return parameters.empty() || isSameWord(parameters, "charset=utf-8") || isSameWord(parameters, "charset=\"utf-8\"");
}

} // namespace

RestResult<ClientRole> admit(const RestHead& head, std::uint16_t port, const RestTokens& tokens)
{
    if (head.count("host") != 1)
        return refuse(400, ErrorCode::InvalidValue, "a request has one header Host");
    if (!isOurs(head.value("host"), port))
        return refuseStranger("Host must be 127.0.0.1, localhost or [::1], with the port");
    const std::string_view origin = head.value("origin");
    if (head.has("origin") && !(origin.starts_with("http://") && isOurs(origin.substr(7), port)))
        return refuseStranger("requests of pages of other origins are not answered");
    const std::string_view token = bearerToken(head.value("authorization"));
    if (token.empty())
        return refuseWithoutToken("a token is needed, in the header 'Authorization: Bearer ...'");
    const ClientRole role = tokens.roleOf(token);
    if (role == ClientRole::None)
        return refuseWithoutToken("the token is not one of this engine's");
    return role;
}

RestResult<void> checkBodyHeaders(const RestHead& head)
{
    if (head.has("content-encoding") && !isSameWord(head.value("content-encoding"), "identity"))
        return refuse(415, ErrorCode::InvalidValue, "bodies are taken as they are, in no Content-Encoding", {},
            {{"accept-encoding", "identity"}});
    if (head.has("transfer-encoding") && !isSameWord(head.value("transfer-encoding"), "chunked"))
        return refuse(501, ErrorCode::InvalidValue, "the only Transfer-Encoding is chunked");
    if (head.has("expect") && !isSameWord(head.value("expect"), "100-continue"))
        return refuse(417, ErrorCode::InvalidValue, "nothing but 100-continue can be expected");
    // A page cannot send a DELETE, or what says that it is JSON, without asking us first, which is never allowed to it.
    const bool mustSay = head.method == "POST" || head.has("content-type");
    if (mustSay && !isJson(head.value("content-type")))
        return refuse(415, ErrorCode::InvalidValue, "a body must be JSON: 'Content-Type: application/json'", {},
            {{"accept", "application/json"}});
    return {};
}

} // namespace weightroom::engine

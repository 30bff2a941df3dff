// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rpc/rpc_client.h"

#include "model_engine/core/json_fields.h"
#include "model_engine/server/rpc/rpc_message.h"
#include "model_engine/server/socket/socket_place.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

/// A wait ends by bytes or by a stop, never by this.
constexpr std::chrono::milliseconds kForEver = std::chrono::hours{24};

/// Also an error that belongs to no request: it is the last that is said.
bool isAnswer(const Json& message, std::uint64_t id)
{
    const bool isError = message.contains("error");
    return rpcIdOf(message) == Json(id) || (isError && rpcIdOf(message).is_null());
}

tl::unexpected<Error> ended(int number)
{
    return fail(ErrorCode::IoError, "the engine has ended, or closed the connection, before it answered",
        {.systemCode = number == 0 ? std::nullopt : std::optional<std::int64_t>{number}});
}

} // namespace

Result<RpcClient> RpcClient::connect(const std::filesystem::path& socket)
{
    auto connected = connectTo(socket);
    if (!connected)
        return fail(std::move(connected).error());
    const auto isOwn = isOwnUser(connected->get());
    if (!isOwn)
        return fail(isOwn.error());
    if (!*isOwn) {
        return fail(ErrorCode::PermissionDenied, "'" + socket.string() + "' is served by another user",
            {.path = socket.string()});
    }
    auto wake = WakeUp::make();
    if (!wake)
        return fail(std::move(wake).error());
    return RpcClient{std::move(*connected), std::move(*wake)};
}

Result<Json> RpcClient::call(
    std::string_view method, const Json& params, const std::stop_token& stop, const OnNotification& onNotification)
{
    const std::uint64_t id = m_nextId++;
    if (auto sent = send(rpcRequest(id, method, params)); !sent)
        return fail(lastWords());
    const std::stop_callback wakeUp{stop, [this] { m_wake.wake(); }};
    const auto begin = std::chrono::steady_clock::now();
    std::optional<std::uint64_t> job;
    bool isCancelSent = false;
    while (true) {
        auto message = nextMessage();
        if (!message)
            return fail(std::move(message).error());
        if (*message && isAnswer(**message, id))
            return resultOf(**message);
        if (*message) {
            noteStart(**message, id, job);
            tell(**message, onNotification);
            continue;
        }
        if (stop.stop_requested() && job && !std::exchange(isCancelSent, true)) {
            if (auto sent = send(rpcRequest(nullptr, "job.post_job_cancel", {{"job_id", *job}})); !sent)
                return fail(lastWords());
        }
        const auto waited = std::chrono::steady_clock::now() - begin;
        if (m_patience && waited >= *m_patience)
            return fail(ErrorCode::NotAnswering, "the engine has taken the request, and does not answer");
        m_wake.wait({m_socket.get(), WakeUp::Sign::Readable},
            m_patience ? std::chrono::ceil<std::chrono::milliseconds>(*m_patience - waited) : kForEver);
        if (auto received = receive(); !received)
            return fail(std::move(received).error());
    }
}

/// Why the other end has gone: it may have said so before (that it has too many clients, say).
Error RpcClient::lastWords()
{
    while (true) {
        auto message = nextMessage();
        if (message && *message && isAnswer(**message, 0))
            return resultOf(**message).error();
        if (message && *message)
            continue;
        if (auto received = message ? receive() : Result<>{fail(message.error())}; !received)
            return std::move(received).error();
    }
}

/// A long operation says which job it became: that is what a stop cancels.
void RpcClient::noteStart(const Json& message, std::uint64_t id, std::optional<std::uint64_t>& job)
{
    const Json params = memberIn(message, "params");
    if (textIn(message, "method") == "server.job_started" && memberIn(params, "request_id") == Json(id))
        job = countIn(params, "job_id");
}

void RpcClient::tell(const Json& message, const OnNotification& onNotification)
{
    const std::string method = textIn(message, "method");
    if (onNotification && !method.empty())
        onNotification(method, memberIn(message, "params"));
}

Result<> RpcClient::send(std::string_view line) const
{
    while (!line.empty()) {
        const ssize_t count = ::send(m_socket.get(), line.data(), line.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return ended(errno);
        line.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<std::optional<Json>> RpcClient::nextMessage()
{
    auto line = m_lines.next();
    if (!line)
        return fail(std::move(line).error());
    if (!*line)
        return std::nullopt;
    auto message = parseJson(**line, {.maxBytes = kLongestAnswer.value});
    if (!message)
        return fail(ErrorCode::InvalidFormat, "the engine's answer is no JSON: " + message.error().detail);
    if (!message->is_object())
        return fail(ErrorCode::InvalidFormat, "the engine's answer is no JSON object");
    return std::move(*message);
}

Result<> RpcClient::receive()
{
    std::array<char, 64 * 1024> bytes{};
    const ssize_t count = ::recv(m_socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count == 0)
        return ended(0);
    if (count > 0)
        m_lines.add({bytes.data(), static_cast<std::size_t>(count)});
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        return ended(errno);
    return {};
}

} // namespace weightroom::engine

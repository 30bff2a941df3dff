// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/activated_sockets.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

/// The manager's descriptors begin here: sd_listen_fds(3).
constexpr int kFirst = 3;
/// Two are meant for us.
constexpr int kMost = 16;

std::optional<int> numberIn(const char* variable)
{
    const char* const text = std::getenv(variable); // NOLINT: read at the start, before there are threads
    if (!text)
        return std::nullopt;
    int number = 0;
    const char* const end = text + std::strlen(text);
    const auto [last, error] = std::from_chars(text, end, number);
    return error == std::errc{} && last == end ? std::optional{number} : std::nullopt;
}

tl::unexpected<Error> refused(int descriptor, const std::string& why)
{
    return fail(ErrorCode::InvalidValue,
        "descriptor " + std::to_string(descriptor) + ", which the service manager has handed over, " + why);
}

Result<std::filesystem::path> pathOf(int descriptor)
{
    int isListening = 0;
    socklen_t size = sizeof isListening;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) != 0 || isListening == 0)
        return refused(descriptor, "is no listening socket");
    sockaddr_un address{};
    size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 // NOLINT: how it is taken
        || address.sun_family != AF_UNIX || address.sun_path[0] == '\0')
        return refused(descriptor, "is no Unix socket with a path");
    return std::filesystem::path{address.sun_path};
}

} // namespace

Result<std::vector<ListeningSocket>> takeActivatedSockets()
{
    const std::optional<int> process = numberIn("LISTEN_PID");
    const std::optional<int> count = numberIn("LISTEN_FDS");
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(variable); // NOLINT: likewise
    std::vector<ListeningSocket> sockets;
    if (process != ::getpid() || !count || *count < 1 || *count > kMost)
        return sockets;
    std::vector<UniqueFd> descriptors;
    for (int descriptor = kFirst; descriptor < kFirst + *count; ++descriptor) {
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        descriptors.emplace_back(descriptor);
    }
    for (UniqueFd& descriptor : descriptors) {
        auto path = pathOf(descriptor.get());
        if (!path)
            return fail(std::move(path).error());
        sockets.push_back(ListeningSocket::adopt(std::move(descriptor), std::move(*path)));
    }
    return sockets;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/socket_place.h"

#include "model_engine/core/files/file_lock.h"
#include "model_engine/core/files/kernel_file.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

constexpr mode_t kOnlyUser = 0700;
constexpr mode_t kOthers = 0077;
constexpr int kBacklog = 64;

/// Errors: InvalidValue.
Result<sockaddr_un> addressOf(const std::filesystem::path& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string& text = path.native();
    if (text.size() >= sizeof address.sun_path) {
        return fail(ErrorCode::InvalidValue,
            "the path of a socket may have " + std::to_string(sizeof address.sun_path - 1) + " bytes, '" + text
                + "' has " + std::to_string(text.size()),
            {.path = text});
    }
    std::memcpy(address.sun_path, text.data(), text.size());
    return address;
}

Result<UniqueFd> newSocket(const std::filesystem::path& path)
{
    UniqueFd descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!descriptor.isOpen())
        return fail(systemError(errno, "make a socket for", path));
    return descriptor;
}

Result<> removeStaleSocket(const std::filesystem::path& path)
{
    struct stat status { };
    if (::lstat(path.c_str(), &status) != 0)
        return errno == ENOENT ? Result<>{} : Result<>{fail(systemError(errno, "look at", path))};
    if (!S_ISSOCK(status.st_mode)) {
        return fail(
            ErrorCode::AlreadyExists, "'" + path.string() + "' is there, and is no socket", {.path = path.string()});
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return fail(systemError(errno, "take away", path));
    return {};
}

/// 0: for ever.
void setSendTimeout(int socket, std::chrono::milliseconds longest)
{
    timeval time{};
    time.tv_sec = longest.count() / 1000;
    time.tv_usec = longest.count() % 1000 * 1000;
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

const sockaddr* pointerTo(const sockaddr_un& address)
{
    return reinterpret_cast<const sockaddr*>(&address); // NOLINT: how the system's calls take it
}

/// 0 where nothing is.
std::uint64_t inodeOf(const std::filesystem::path& path)
{
    struct stat status { };
    return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

bool isAmong(const std::vector<ListeningSocket>& sockets, const std::filesystem::path& path)
{
    return std::ranges::find(sockets, path, &ListeningSocket::path) != sockets.end();
}

} // namespace

Result<SocketPlace> userSocketPlace()
{
    const char* folder = std::getenv("XDG_RUNTIME_DIR"); // NOLINT: read at the start, before there are threads
    if (!folder || *folder != '/') {
        return fail(ErrorCode::Unsupported,
            "XDG_RUNTIME_DIR is not set: this is no login session, and there is no private folder for a socket");
    }
    return SocketPlace{std::filesystem::path{folder} / "weightroom"};
}

Result<> prepareSocketFolder(const std::filesystem::path& folder)
{
    if (::mkdir(folder.c_str(), kOnlyUser) != 0 && errno != EEXIST)
        return fail(systemError(errno, "make", folder));
    struct stat status { };
    if (::lstat(folder.c_str(), &status) != 0)
        return fail(systemError(errno, "look at", folder));
    const std::string text = folder.string();
    if (!S_ISDIR(status.st_mode))
        return fail(ErrorCode::NotRegularFile, "'" + text + "' is not a folder", {.path = text});
    if (status.st_uid != ::geteuid() || (status.st_mode & kOthers) != 0) {
        return fail(ErrorCode::PermissionDenied,
            "'" + text + "' must belong to the user alone (permissions 0700): others could pretend to be the engine",
            {.path = text});
    }
    return {};
}

Result<ClaimedPlace> ClaimedPlace::claim(const SocketPlace& place, std::vector<ListeningSocket> activated)
{
    if (auto prepared = prepareSocketFolder(place.folder); !prepared)
        return fail(std::move(prepared).error());
    auto lock = lockFile(place.lock(), place.socket());
    if (!lock && lock.error().code != ErrorCode::FileInUse)
        return fail(std::move(lock).error());
    // Somebody who listens without the lock is no engine, but starts one for whoever connects.
    const bool isFree = lock && (isAmong(activated, place.socket()) || !connectTo(place.socket()));
    if (isFree)
        return ClaimedPlace{place, std::move(*lock), std::move(activated)};
    const auto who = whoServes(place.socket());
    return fail(ErrorCode::AlreadyServed,
        "an engine is served already, by " + who.value_or("a process that is beginning or ending"),
        {.path = place.socket().string()});
}

Result<ListeningSocket> ClaimedPlace::listenAt(const std::filesystem::path& path)
{
    const auto activated = std::ranges::find(m_activated, path, &ListeningSocket::path);
    return activated == m_activated.end() ? ListeningSocket::open(path)
                                          : Result<ListeningSocket>{std::move(*activated)};
}

Result<SocketPeer> peerOf(int socket)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return fail(systemError(errno, "ask who is connected to", "socket"));
    return SocketPeer{peer.pid, peer.uid};
}

Result<bool> isOwnUser(int socket)
{
    const auto peer = peerOf(socket);
    if (!peer)
        return fail(peer.error());
    return peer->user == ::geteuid();
}

Result<ListeningSocket> ListeningSocket::open(const std::filesystem::path& path)
{
    const auto address = addressOf(path);
    if (!address)
        return fail(address.error());
    auto descriptor = newSocket(path);
    if (!descriptor)
        return fail(std::move(descriptor).error());
    if (auto removed = removeStaleSocket(path); !removed)
        return fail(std::move(removed).error());
    if (::bind(descriptor->get(), pointerTo(*address), sizeof *address) != 0)
        return fail(systemError(errno, "make a socket at", path));
    ListeningSocket socket{std::move(*descriptor), path, Owner::This};
    if (::listen(socket.descriptor(), kBacklog) != 0)
        return fail(systemError(errno, "listen at", path));
    socket.m_inode = inodeOf(path);
    return socket;
}

ListeningSocket::~ListeningSocket()
{
    if (!m_path.empty() && m_owner == Owner::This && inodeOf(m_path) == m_inode)
        ::unlink(m_path.c_str());
}

Result<UniqueFd> connectTo(const std::filesystem::path& socket, std::chrono::milliseconds patience)
{
    const auto address = addressOf(socket);
    if (!address)
        return fail(address.error());
    auto descriptor = newSocket(socket);
    if (!descriptor)
        return descriptor;
    setSendTimeout(descriptor->get(), patience); // connect() counts as sending
    if (::connect(descriptor->get(), pointerTo(*address), sizeof *address) == 0) {
        setSendTimeout(descriptor->get(), {});
        return descriptor;
    }
    if (errno == ECONNREFUSED)
        return fail(ErrorCode::NotFound, "nobody listens at '" + socket.string() + "'", {.path = socket.string()});
    if (errno == EAGAIN) {
        return fail(ErrorCode::NotAnswering, "who listens at '" + socket.string() + "' lets nobody in",
            {.path = socket.string()});
    }
    return fail(systemError(errno, "connect to", socket));
}

std::string programOf(std::int32_t process)
{
    const std::string name = readKernelFile("/proc/" + std::to_string(process) + "/comm");
    return toValidUtf8(name.substr(0, name.find('\n')));
}

std::optional<std::string> whoServes(const std::filesystem::path& socket)
{
    const auto connected = connectTo(socket);
    if (!connected)
        return std::nullopt;
    const auto peer = peerOf(connected->get());
    if (!peer)
        return std::nullopt;
    const std::string process = std::to_string(peer->process);
    const std::string name = programOf(peer->process);
    if (name.empty())
        return "process " + process;
    return name + " (process " + process + ")";
}

} // namespace weightroom::engine

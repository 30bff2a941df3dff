// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// Where the local sockets of a user lie: a folder that nobody else may enter.
///
///     $XDG_RUNTIME_DIR/weightroom/engine.sock        every operation
///     $XDG_RUNTIME_DIR/weightroom/engine-read.sock   what changes nothing
///     $XDG_RUNTIME_DIR/weightroom/engine.lock        held by the engine that serves them
struct SocketPlace {
    std::filesystem::path folder;

    [[nodiscard]] std::filesystem::path socket() const { return folder / "engine.sock"; }
    [[nodiscard]] std::filesystem::path readSocket() const { return folder / "engine-read.sock"; }
    [[nodiscard]] std::filesystem::path lock() const { return folder / "engine.lock"; }
};

/// That of the user who runs this process, from the environment: call it at the start of a program. Errors:
/// Unsupported, when the session has no runtime folder (XDG_RUNTIME_DIR is not set: no login session).
[[nodiscard]] Result<SocketPlace> userSocketPlace();

/// Makes the folder with the permissions 0700 where it is not there. Errors: PermissionDenied, for one that belongs to
/// somebody else or that others may enter; NotRegularFile, for what is no folder; IoError.
[[nodiscard]] Result<> prepareSocketFolder(const std::filesystem::path& folder);

/// Who is at the other end of a connected socket.
struct SocketPeer {
    pid_t process = 0;
    uid_t user = 0;
};
[[nodiscard]] Result<SocketPeer> peerOf(int socket);
/// Whether that is the user who runs this process. Errors: as above.
[[nodiscard]] Result<bool> isOwnUser(int socket);

/// A socket that listens at a path, which goes with it where it was made here.
class ListeningSocket {
public:
    /// A socket that was at the path before is taken away: the caller has the sole right to it. Errors: InvalidValue,
    /// for a path that is too long for a socket; AlreadyExists, for something else at the path; IoError.
    [[nodiscard]] static Result<ListeningSocket> open(const std::filesystem::path& path);
    /// One that a service manager has made at this path, and whose path stays the manager's.
    [[nodiscard]] static ListeningSocket adopt(UniqueFd descriptor, std::filesystem::path path)
    {
        return ListeningSocket{std::move(descriptor), std::move(path), Owner::Manager};
    }
    ListeningSocket(ListeningSocket&& other) noexcept
        : m_descriptor(std::move(other.m_descriptor))
        , m_path(std::exchange(other.m_path, {}))
        , m_owner(other.m_owner)
        , m_inode(other.m_inode)
    {
    }
    ListeningSocket& operator=(ListeningSocket&&) = delete;
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;
    ~ListeningSocket();

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] int descriptor() const { return m_descriptor.get(); }
    /// What listens from now on; the path stays this object's.
    [[nodiscard]] UniqueFd takeDescriptor() { return std::move(m_descriptor); }

private:
    enum class Owner : std::uint8_t { None = 0, This, Manager }; ///< of the path
    ListeningSocket(UniqueFd descriptor, std::filesystem::path path, Owner owner)
        : m_descriptor(std::move(descriptor))
        , m_path(std::move(path))
        , m_owner(owner)
    {
    }
    UniqueFd m_descriptor;
    std::filesystem::path m_path; ///< empty: it was moved from
    Owner m_owner = Owner::None;
    std::uint64_t m_inode = 0; ///< of the path, when it was made here: another socket may be there by now
};

/// The sole right to serve at a place, for as long as it lives: two engines would take each other's clients.
class ClaimedPlace {
public:
    /// `activated`: what a service manager has handed over, of which those of this place are taken. Errors:
    /// AlreadyServed, when another process has it, saying which, or when a service manager listens there for one that
    /// it will start; those of prepareSocketFolder() and lockFile().
    [[nodiscard]] static Result<ClaimedPlace> claim(
        const SocketPlace& place, std::vector<ListeningSocket> activated = {});

    [[nodiscard]] const SocketPlace& place() const { return m_place; }
    /// The socket at one of its paths: the one that was handed over, else a new one. Errors: those of
    /// ListeningSocket::open().
    [[nodiscard]] Result<ListeningSocket> listenAt(const std::filesystem::path& path);

private:
    ClaimedPlace(SocketPlace place, UniqueFd lock, std::vector<ListeningSocket> activated)
        : m_place(std::move(place))
        , m_lock(std::move(lock))
        , m_activated(std::move(activated))
    {
    }
    SocketPlace m_place;
    UniqueFd m_lock;
    std::vector<ListeningSocket> m_activated; ///< that nobody has taken yet
};

/// A server that works lets a crowd of clients in within milliseconds.
inline constexpr std::chrono::milliseconds kConnectPatience{2000};

/// Connects. Waits only while more clients than the system keeps for the server want to be let in. Errors: NotFound,
/// when nobody listens; NotAnswering, when that takes too long; PermissionDenied; InvalidValue, for a path that is too
/// long; IoError.
[[nodiscard]] Result<UniqueFd> connectTo(
    const std::filesystem::path& socket, std::chrono::milliseconds patience = kConnectPatience);

/// The name of a running process's program, as UTF-8; empty where the system does not say.
[[nodiscard]] std::string programOf(std::int32_t process);

/// "weightroomctl (process 4711)": who serves the socket; nothing when nobody does.
[[nodiscard]] std::optional<std::string> whoServes(const std::filesystem::path& socket);

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/log.h"
#include "model_engine/monitor/alerts/alert_book.h"
#include "model_engine/server/rest/rest_options.h"
#include "model_engine/server/served_engine.h"
#include "model_engine/server/socket/socket_place.h"

#include <cstdint>
#include <memory>

namespace weightroom::engine {

/// Serves an engine to the programs of its user, by local sockets (docs/socket.md): one for everything, one for what
/// changes nothing. One engine of a user does that at a time.
///
/// Threads: one of its own, which reads requests, moves bytes and never waits. News (jobChanged() and the like) may be
/// told from any thread and return at once.
class LocalServer {
public:
    /// Errors: those of ListeningSocket::open(); IoError and OutOfHostMemory, when the system gives no more.
    [[nodiscard]] static Result<std::unique_ptr<LocalServer>> start(
        ServedEngine engine, ClaimedPlace place, LogSink& log);
    ~LocalServer();
    LocalServer(const LocalServer&) = delete;
    LocalServer& operator=(const LocalServer&) = delete;

    /// Takes no more requests, cancels what clients have begun, gives them five seconds to take their answers, and has
    /// let go of its sockets and of the place when it returns. News go nowhere from then on. The destructor does it
    /// too.
    void stop();

    /// Opens the REST door (docs/rest.md) too, served by the same thread. The port it is at. Called by whoever calls
    /// stop(). Errors: those of RestServer::open(); AlreadyServed, when it is open; Unsupported, after stop();
    /// OutOfHostMemory.
    [[nodiscard]] Result<std::uint16_t> openRest(RestOptions options);

    /// News for those who subscribed to them.
    void jobChanged(const JobSnapshotPtr& job);
    void stateChanged(std::uint64_t revision);
    void alertChanged(const AlertChange& change);
    /// A notification for one client, if it is still there. Any thread; returns at once.
    void tell(ClientId client, std::string_view method, const Json& params);

    /// A client more is refused.
    static constexpr std::size_t kMostClients = 256;

private:
    class Implementation;
    explicit LocalServer(std::unique_ptr<Implementation> implementation);
    std::unique_ptr<Implementation> m_implementation;
};

} // namespace weightroom::engine

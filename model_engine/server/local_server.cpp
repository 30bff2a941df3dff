// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/local_server.h"

#include "model_engine/operations/job_json.h"
#include "model_engine/server/local_connection.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
#include <fcntl.h>
#include <new>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

using boost::asio::io_context;
using boost::system::error_code;
using Protocol = boost::asio::local::stream_protocol;
using ConnectionPtr = std::shared_ptr<LocalConnection>;

/// Where no descriptor is left, accepting is tried again after this.
constexpr std::chrono::milliseconds kPauseAfterFailure{100};
/// So long clients may take to read what is left for them when the engine ends.
constexpr std::chrono::seconds kLongestFarewell{5};

/// One of the sockets, and what those who come by it may do.
struct Door {
    Door(io_context& io, ListeningSocket listening, ClientRole whatIsAllowed)
        : socket(std::move(listening))
        , acceptor(io)
        , pause(io)
        , role(whatIsAllowed)
    {
    }
    std::optional<ListeningSocket> socket; ///< its path; the acceptor has the descriptor
    Protocol::acceptor acceptor;
    boost::asio::steady_timer pause;
    ClientRole role;
    bool isShort = false; ///< no descriptor was left for the last client
};

} // namespace

class LocalServer::Implementation {
public:
    Implementation(ServedEngine engine, ClaimedPlace place, LogSink& log)
        : m_engine(std::move(engine))
        , m_place(std::move(place))
        , m_log(log)
    {
    }
    ~Implementation() { stop(); }
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    Result<> addDoor(const std::filesystem::path& path, ClientRole role)
    {
        auto listening = m_place->listenAt(path);
        if (!listening)
            return fail(std::move(listening).error());
        auto door = std::make_unique<Door>(*m_io, std::move(*listening), role);
        const UniqueFd descriptor = door->socket->takeDescriptor();
        const int own = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0);
        if (own < 0)
            return fail(systemError(errno, "listen at", path));
        door->acceptor.assign(Protocol{}, own);
        m_doors.push_back(std::move(door));
        return {};
    }

    void run()
    {
        for (const auto& door : m_doors)
            accept(*door);
        m_thread = std::jthread([this] { loop(); });
    }

    void stop()
    {
        if (!m_thread.joinable())
            return;
        boost::asio::post(*m_io, [this] { beginToStop(); });
        m_thread.join();
        m_connections.clear();
        m_doors.clear();
        m_place.reset();
    }

    /// On the server's thread, for each client; nothing where there is none.
    void tellAll(std::function<void(RpcSession&)> news)
    {
        if (m_clients.load(std::memory_order_relaxed) == 0)
            return;
        boost::asio::post(*m_io, [this, news = std::move(news)]() mutable {
            for (const ConnectionPtr& connection : m_connections)
                news(connection->session());
        });
    }

private:
    /// What one client's bytes throw (there may be no memory for them) is not the end for all.
    void loop() noexcept
    {
        while (true) {
            try {
                m_io->run();
                return;
            } catch (const std::exception& error) {
                m_log.write(LogLevel::Error, std::string{"The server's thread caught an exception: "} + error.what());
            } catch (...) {
                m_log.write(LogLevel::Error, "The server's thread caught something that is no exception.");
            }
        }
    }

    void accept(Door& door)
    {
        door.acceptor.async_accept([this, &door](const error_code& error, Protocol::socket socket) {
            // A client that was let in just before the end is not served any more.
            if (m_isStopping || error == boost::asio::error::operation_aborted)
                return;
            if (error)
                return acceptLater(door, error);
            door.isShort = false;
            welcome(std::move(socket), door.role);
            accept(door);
        });
    }

    void acceptLater(Door& door, const error_code& error)
    {
        if (!std::exchange(door.isShort, true))
            m_log.write(LogLevel::Warning, "A client could not be let in, and waits: " + error.message());
        door.pause.expires_after(kPauseAfterFailure);
        door.pause.async_wait([this, &door](const error_code& aborted) {
            if (!m_isStopping && !aborted)
                accept(door);
        });
    }

    void welcome(Protocol::socket socket, ClientRole role)
    {
        ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
        const auto peer = peerOf(socket.native_handle());
        if (!peer || peer->user != ::geteuid()) {
            m_log.write(LogLevel::Warning, "A client was refused: it is not of the same user, or nobody can tell.");
            return; // without an answer: it has nothing to ask here
        }
        RpcSession::Environment environment{.engine = m_engine,
            .role = role,
            .client = {ClientId{++m_lastClient}, peer->process, programOf(peer->process)},
            .post = [io = m_io](std::function<void()> work) { boost::asio::post(*io, std::move(work)); },
            .wantsToSend = {}};
        auto connection = std::make_shared<LocalConnection>(
            std::move(socket), std::move(environment), [this](const ConnectionPtr& ended) { forget(ended); });
        if (m_connections.size() >= kMostClients)
            return refuse(connection);
        m_connections.insert(connection);
        m_clients.store(m_connections.size(), std::memory_order_relaxed);
        connection->begin();
    }

    static void refuse(const ConnectionPtr& connection)
    {
        connection->session().outbox().push(rpcError(nullptr, RpcCode::OperationFailed,
            {ErrorCode::Busy,
                "the engine serves " + std::to_string(kMostClients) + " clients already, which is the most"}));
        connection->finish();
    }

    void forget(const ConnectionPtr& ended)
    {
        if (ended->session().isConsumer())
            m_engine.clientGone(ended->session().client());
        m_connections.erase(ended);
        m_clients.store(m_connections.size(), std::memory_order_relaxed);
        endIfAllAreGone();
    }

    void beginToStop()
    {
        m_isStopping = true;
        const std::set<ConnectionPtr> connections = m_connections; // finish() may take one out
        for (const ConnectionPtr& connection : connections) {
            connection->session().cancelAll();
            connection->session().tellEnd();
            connection->finish();
        }
        for (const auto& door : m_doors) {
            error_code ignored;
            door->acceptor.close(ignored);
            door->pause.cancel();
            door->socket.reset(); // nobody finds it any more
        }
        m_farewell.expires_after(kLongestFarewell);
        m_farewell.async_wait([this](const error_code& aborted) {
            if (!aborted)
                leaveTheRest();
        });
        endIfAllAreGone();
    }

    void leaveTheRest()
    {
        const std::set<ConnectionPtr> connections = m_connections;
        for (const ConnectionPtr& connection : connections)
            connection->end();
    }

    void endIfAllAreGone()
    {
        if (!m_isStopping || !m_connections.empty())
            return;
        m_farewell.cancel();
        m_work.reset();
    }

    ServedEngine m_engine;
    std::optional<ClaimedPlace> m_place; ///< until it has stopped
    LogSink& m_log;
    /// Shared with completions of the engine, which may come after the server has ended.
    const std::shared_ptr<io_context> m_io = std::make_shared<io_context>(1);
    boost::asio::executor_work_guard<io_context::executor_type> m_work{m_io->get_executor()};
    boost::asio::steady_timer m_farewell{*m_io};
    std::vector<std::unique_ptr<Door>> m_doors;
    std::set<ConnectionPtr> m_connections;
    std::atomic<std::size_t> m_clients = 0; ///< as many as m_connections has
    std::uint64_t m_lastClient = 0;
    bool m_isStopping = false;
    std::jthread m_thread; ///< last: joined before the rest goes
};

Result<std::unique_ptr<LocalServer>> LocalServer::start(ServedEngine engine, ClaimedPlace place, LogSink& log)
try {
    const SocketPlace at = place.place();
    auto implementation = std::make_unique<Implementation>(std::move(engine), std::move(place), log);
    if (auto added = implementation->addDoor(at.socket(), ClientRole::Full); !added)
        return fail(std::move(added).error());
    if (auto added = implementation->addDoor(at.readSocket(), ClientRole::ReadOnly); !added)
        return fail(std::move(added).error());
    implementation->run();
    return std::unique_ptr<LocalServer>{new LocalServer{std::move(implementation)}};
} catch (const std::system_error& error) {
    // Of Asio, and of a thread that the system does not give.
    return fail(ErrorCode::IoError, std::string{"the engine cannot be served: "} + error.what(),
        {.systemCode = error.code().value()});
} catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfHostMemory, "no memory to serve the engine", {.memoryType = "system"});
}

LocalServer::LocalServer(std::unique_ptr<Implementation> implementation)
    : m_implementation(std::move(implementation))
{
}

LocalServer::~LocalServer() = default;

void LocalServer::stop() { m_implementation->stop(); }

void LocalServer::jobChanged(const JobSnapshotPtr& job)
{
    // Written once for all, and only where somebody wants it.
    m_implementation->tellAll([job, line = std::string{}](RpcSession& session) mutable {
        if (line.empty() && session.isTold(*job))
            line = rpcNotification("server.job_changed", toJson(*job));
        session.jobChanged(*job, line);
    });
}

void LocalServer::stateChanged(std::uint64_t revision)
{
    m_implementation->tellAll([revision](RpcSession& session) { session.stateChanged(revision); });
}

void LocalServer::tell(ClientId client, std::string_view method, const Json& params)
{
    m_implementation->tellAll([client, method = std::string{method}, params](RpcSession& session) {
        if (session.client() == client)
            session.tell(method, params);
    });
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/local_server.h"

#include "model_engine/server/local_connection.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <set>
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
    ListeningSocket socket;
    Protocol::acceptor acceptor; ///< has a descriptor of its own
    boost::asio::steady_timer pause;
    ClientRole role;
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
        auto listening = ListeningSocket::open(path);
        if (!listening)
            return fail(std::move(listening).error());
        auto door = std::make_unique<Door>(*m_io, std::move(*listening), role);
        error_code error;
        door->acceptor.assign(Protocol{}, ::dup(door->socket.descriptor()), error);
        if (error)
            return fail(systemError(error.value(), "listen at", path));
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
        m_doors.clear();
    }

    /// On the server's thread, for each client; nothing where there is none.
    void tellAll(std::function<void(RpcSession&)> news)
    {
        if (m_clients.load(std::memory_order_relaxed) == 0)
            return;
        boost::asio::post(*m_io, [this, news = std::move(news)] {
            for (const ConnectionPtr& connection : m_connections)
                news(connection->session());
        });
    }

private:
    void loop() noexcept
    try {
        m_io->run();
    } catch (const std::exception& error) {
        m_log.write(LogLevel::Error, std::string{"The local socket is not served any more: "} + error.what());
    }

    void accept(Door& door)
    {
        door.acceptor.async_accept([this, &door](const error_code& error, Protocol::socket socket) {
            if (error == boost::asio::error::operation_aborted)
                return;
            if (error)
                return acceptLater(door, error);
            welcome(std::move(socket), door.role);
            accept(door);
        });
    }

    void acceptLater(Door& door, const error_code& error)
    {
        m_log.write(LogLevel::Warning, "A client could not be let in: " + error.message());
        door.pause.expires_after(kPauseAfterFailure);
        door.pause.async_wait([this, &door](const error_code& aborted) {
            if (!aborted)
                accept(door);
        });
    }

    void welcome(Protocol::socket socket, ClientRole role)
    {
        const auto peer = peerOf(socket.native_handle());
        if (!peer || peer->user != ::geteuid()) {
            m_log.write(LogLevel::Warning, "A client of another user was refused.");
            return; // without an answer: it has nothing to ask here
        }
        RpcSession::Environment environment{.engine = m_engine,
            .role = role,
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
        m_connections.erase(ended);
        m_clients.store(m_connections.size(), std::memory_order_relaxed);
        endIfAllAreGone();
    }

    void beginToStop()
    {
        m_isStopping = true;
        for (const auto& door : m_doors) {
            error_code ignored;
            door->acceptor.close(ignored);
            door->pause.cancel();
        }
        const std::set<ConnectionPtr> connections = m_connections; // finish() may take one out
        for (const ConnectionPtr& connection : connections) {
            connection->session().cancelAll();
            connection->finish();
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
    const ClaimedPlace m_place;
    LogSink& m_log;
    /// Shared with completions of the engine, which may come after the server has ended.
    const std::shared_ptr<io_context> m_io = std::make_shared<io_context>(1);
    boost::asio::executor_work_guard<io_context::executor_type> m_work{m_io->get_executor()};
    boost::asio::steady_timer m_farewell{*m_io};
    std::vector<std::unique_ptr<Door>> m_doors;
    std::set<ConnectionPtr> m_connections;
    std::atomic<std::size_t> m_clients = 0; ///< as many as m_connections has
    bool m_isStopping = false;
    std::jthread m_thread; ///< last: joined before the rest goes
};

Result<std::unique_ptr<LocalServer>> LocalServer::start(ServedEngine engine, ClaimedPlace place, LogSink& log)
{
    const SocketPlace at = place.place();
    auto implementation = std::make_unique<Implementation>(std::move(engine), std::move(place), log);
    if (auto added = implementation->addDoor(at.socket(), ClientRole::Full); !added)
        return fail(std::move(added).error());
    if (auto added = implementation->addDoor(at.readSocket(), ClientRole::ReadOnly); !added)
        return fail(std::move(added).error());
    implementation->run();
    return std::unique_ptr<LocalServer>{new LocalServer{std::move(implementation)}};
}

LocalServer::LocalServer(std::unique_ptr<Implementation> implementation)
    : m_implementation(std::move(implementation))
{
}

LocalServer::~LocalServer() = default;

void LocalServer::stop() { m_implementation->stop(); }

void LocalServer::jobChanged(const JobSnapshotPtr& job)
{
    m_implementation->tellAll([job](RpcSession& session) { session.jobChanged(*job); });
}

void LocalServer::stateChanged(std::uint64_t revision)
{
    m_implementation->tellAll([revision](RpcSession& session) { session.stateChanged(revision); });
}

} // namespace weightroom::engine

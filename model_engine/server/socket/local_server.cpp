// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/local_server.h"

#include "model_engine/operations/jobs/job_json.h"
#include "model_engine/server/rest/rest_server.h"
#include "model_engine/server/rpc/server_methods.h"
#include "model_engine/server/socket/listener.h"
#include "model_engine/server/socket/local_connection.h"

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

/// So long clients may take to read what is left for them when the engine ends.
constexpr std::chrono::seconds kLongestFarewell{5};

/// One of the sockets.
struct Door {
    std::optional<ListeningSocket> socket; ///< its path; the listener has the descriptor
    Listener<Protocol> listener;
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
        auto door = std::unique_ptr<Door>{new Door{std::move(*listening),
            {*m_io, m_log, [this, role](Protocol::socket socket) { welcome(std::move(socket), role); }}}};
        const UniqueFd descriptor = door->socket->takeDescriptor();
        const int own = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0);
        if (own < 0)
            return fail(systemError(errno, "listen at", path));
        door->listener.acceptor().assign(Protocol{}, own);
        m_doors.push_back(std::move(door));
        return {};
    }

    void run()
    {
        for (const auto& door : m_doors)
            door->listener.begin();
        m_thread = std::jthread([this] { loop(); });
    }

    void stop()
    {
        if (!m_thread.joinable())
            return;
        boost::asio::post(*m_io, [this] { beginToStop(); });
        m_thread.join();
        m_connections.clear();
        m_rest.reset();
        m_doors.clear();
        m_place.reset();
    }

    Result<std::uint16_t> openRest(RestOptions options)
    {
        if (!m_thread.joinable())
            return fail(ErrorCode::Unsupported, "the engine is not served any more");
        if (m_hasRest)
            return fail(ErrorCode::AlreadyServed, "the REST door is open already");
        RestServer::Environment environment{
            .engine = m_engine, .io = m_io, .log = m_log, .allAreGone = [this] { endIfAllAreGone(); }};
        auto opened = RestServer::open(std::move(environment), std::move(options));
        if (!opened)
            return fail(std::move(opened).error());
        const std::uint16_t port = (*opened)->port();
        m_hasRest = true;
        boost::asio::post(*m_io, [this, rest = std::move(*opened)]() mutable {
            m_rest = std::move(rest);
            m_rest->begin();
        });
        return port;
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

    void welcome(Protocol::socket socket, ClientRole role)
    {
        const auto peer = peerOf(socket.native_handle());
        if (!peer || peer->user != ::geteuid()) {
            m_log.write(LogLevel::Warning, "A client was refused: it is not of the same user, or nobody can tell.");
            return; // without an answer: it has nothing to ask here
        }
        RpcSession::Environment environment{.engine = m_engine,
            .role = role,
            .client = {ClientId{++m_lastClient}, peer->process, programOf(peer->process), ClientKind::Socket},
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
        const ConnectionPtr kept = ended; // `ended` may be the set's own
        m_connections.erase(kept);
        m_clients.store(m_connections.size(), std::memory_order_relaxed);
        endIfAllAreGone();
        if (kept->session().isConsumer())
            m_engine.clientGone(kept->session().client());
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
        if (m_rest)
            m_rest->beginToStop();
        for (const auto& door : m_doors) {
            door->listener.close();
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
        if (m_rest)
            m_rest->leaveTheRest();
    }

    void endIfAllAreGone()
    {
        if (!m_isStopping || !m_connections.empty() || (m_rest && m_rest->hasClients()))
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
    std::unique_ptr<RestServer> m_rest; ///< nullptr: there is no REST door
    bool m_hasRest = false; ///< or will be there soon; of the thread that starts and stops this
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

Result<std::uint16_t> LocalServer::openRest(RestOptions options)
try {
    return m_implementation->openRest(std::move(options));
} catch (const std::system_error& error) {
    return fail(ErrorCode::IoError, std::string{"the REST door cannot be opened: "} + error.what(),
        {.systemCode = error.code().value()});
} catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfHostMemory, "no memory for the REST door", {.memoryType = "system"});
}

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

void LocalServer::alertChanged(const AlertChange& change)
{
    m_implementation->tellAll([change, line = std::string{}](RpcSession& session) mutable {
        if (!session.isToldOfAlerts())
            return;
        if (line.empty())
            line = alertNotification(change);
        session.alertChanged(change.alert.number, line);
    });
}

void LocalServer::tell(ClientId client, std::string_view method, const Json& params)
{
    m_implementation->tellAll([client, method = std::string{method}, params](RpcSession& session) {
        if (session.client() == client)
            session.tell(method, params);
    });
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_server.h"

#include "model_engine/core/files/file.h"
#include "model_engine/server/rest/rest_connection.h"
#include "model_engine/server/socket/listener.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using ConnectionPtr = std::shared_ptr<RestConnection>;

/// A port that is free for IPv4 may be taken for IPv6: so often another one is tried.
constexpr int kAttempts = 16;

std::string textOf(const tcp::endpoint& endpoint)
{
    const std::string address = endpoint.address().to_string();
    const std::string host = endpoint.address().is_v6() ? "[" + address + "]" : address;
    return host + ":" + std::to_string(endpoint.port());
}

error_code listenAt(tcp::acceptor& acceptor, const tcp::endpoint& endpoint)
{
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (error)
        return error;
    ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
    // After an end of ours, the system keeps the port for a minute for what may still arrive.
    acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error && endpoint.protocol() == tcp::v6())
        acceptor.set_option(boost::asio::ip::v6_only{true}, error);
    if (!error)
        acceptor.bind(endpoint, error);
    if (!error)
        acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
        error_code ignored;
        acceptor.close(ignored);
    }
    return error;
}

bool isWithoutIPv6(const error_code& error)
{
    return error == boost::asio::error::address_family_not_supported
        || error == boost::system::errc::address_not_available;
}

} // namespace

class RestServer::Implementation {
public:
    Implementation(Environment environment, RestOptions options)
        : m_environment(std::move(environment))
        , m_options(std::move(options))
        , m_ipv4(*m_environment.io, m_environment.log, [this](tcp::socket socket) { welcome(std::move(socket)); })
        , m_ipv6(*m_environment.io, m_environment.log, [this](tcp::socket socket) { welcome(std::move(socket)); })
    {
    }

    Result<> open()
    {
        auto opened = openBoth();
        for (int i = 1; !opened && m_options.port == 0 && i < kAttempts; ++i)
            opened = openBoth();
        if (!opened)
            return opened;
        m_service = std::make_shared<RestService>(RestService::Environment{.engine = m_environment.engine,
            .port = m_port,
            .tokens = m_options.tokens,
            .post = [io = m_environment.io](std::function<void()> work) { boost::asio::post(*io, std::move(work)); }});
        return {};
    }

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] bool hasClients() const { return !m_connections.empty(); }

    void begin()
    {
        m_ipv4.begin();
        if (m_ipv6.acceptor().is_open())
            m_ipv6.begin();
    }

    void beginToStop()
    {
        m_ipv4.close();
        m_ipv6.close();
        for (const ConnectionPtr& connection : std::set{m_connections}) // it may be taken out
            connection->finish();
    }

    void leaveTheRest()
    {
        for (const ConnectionPtr& connection : std::set{m_connections})
            connection->end();
    }

private:
    /// One port for both: who connects to "localhost" gets the one or the other, and must not show somebody else a
    /// token.
    Result<> openBoth()
    {
        const tcp::endpoint wanted{boost::asio::ip::address_v4::loopback(), m_options.port};
        if (const error_code error = listenAt(m_ipv4.acceptor(), wanted))
            return fail(systemError(error.value(), "listen at", textOf(wanted)));
        m_port = m_ipv4.acceptor().local_endpoint().port();
        const tcp::endpoint other{boost::asio::ip::address_v6::loopback(), m_port};
        const error_code error = listenAt(m_ipv6.acceptor(), other);
        if (!error || isWithoutIPv6(error))
            return {};
        error_code ignored;
        m_ipv4.acceptor().close(ignored);
        return fail(systemError(error.value(), "listen at", textOf(other)));
    }

    void welcome(tcp::socket socket)
    {
        const std::size_t refused = m_connections.size() - m_served;
        const bool isServed = m_served < kMostClients;
        if (!isServed && refused >= kMostRefused)
            return;
        auto connection = std::make_shared<RestConnection>(std::move(socket), m_service, m_options.timing,
            [this, isServed](const ConnectionPtr& ended) { forget(ended, isServed ? 1 : 0); });
        m_connections.insert(connection);
        m_served += isServed ? 1 : 0;
        if (isServed)
            return connection->begin();
        connection->refuse(toResponse({503,
            {ErrorCode::Busy,
                "the engine serves " + std::to_string(kMostClients) + " clients by REST already, which is the most"},
            {{"retry-after", "1"}}}));
    }

    void forget(const ConnectionPtr& ended, std::size_t served)
    {
        m_connections.erase(ended);
        m_served -= served;
        if (m_connections.empty())
            m_environment.allAreGone();
    }

    const Environment m_environment;
    const RestOptions m_options;
    Listener<tcp> m_ipv4;
    Listener<tcp> m_ipv6; ///< not open where the machine has no IPv6
    std::uint16_t m_port = 0;
    std::shared_ptr<RestService> m_service; ///< shared with connections, which may end later
    std::set<ConnectionPtr> m_connections; ///< also those that are being refused
    std::size_t m_served = 0; ///< the others
};

Result<std::unique_ptr<RestServer>> RestServer::open(Environment environment, RestOptions options)
{
    auto implementation = std::make_unique<Implementation>(std::move(environment), std::move(options));
    if (auto opened = implementation->open(); !opened)
        return fail(std::move(opened).error());
    return std::unique_ptr<RestServer>{new RestServer{std::move(implementation)}};
}

RestServer::RestServer(std::unique_ptr<Implementation> implementation)
    : m_implementation(std::move(implementation))
{
}

RestServer::~RestServer() = default;

std::uint16_t RestServer::port() const { return m_implementation->port(); }
void RestServer::begin() { m_implementation->begin(); }
void RestServer::beginToStop() { m_implementation->beginToStop(); }
bool RestServer::hasClients() const { return m_implementation->hasClients(); }
void RestServer::leaveTheRest() { m_implementation->leaveTheRest(); }

} // namespace weightroom::engine

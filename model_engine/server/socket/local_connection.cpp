// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/local_connection.h"

#include "model_engine/server/socket/descriptor_message.h"

#include <boost/asio/buffer.hpp>

#include <poll.h>
#include <utility>

namespace weightroom::engine {
namespace {

using boost::system::error_code;

} // namespace

LocalConnection::LocalConnection(Socket socket, RpcSession::Environment environment, OnEnd onEnd)
    : m_post(environment.post)
    , m_socket(std::move(socket))
    , m_stall(m_socket.get_executor())
    , m_onEnd(std::move(onEnd))
{
    environment.wantsToSend = [this] { goOnSoon(); };
    m_session = std::make_shared<RpcSession>(std::move(environment));
}

/// Not at once: the session is in the middle of something. Once for all that it says meanwhile.
void LocalConnection::goOnSoon()
{
    if (std::exchange(m_isGoOnPosted, true))
        return;
    m_post([weak = weak_from_this()] {
        const auto connection = weak.lock();
        if (!connection)
            return;
        connection->m_isGoOnPosted = false;
        connection->goOn();
    });
}

void LocalConnection::begin()
{
    watchForHangUp();
    goOn();
}

void LocalConnection::finish()
{
    m_isFinishing = true;
    goOn();
}

void LocalConnection::end()
{
    if (!m_onEnd)
        return;
    const OnEnd onEnd = std::exchange(m_onEnd, {});
    m_stall.cancel();
    error_code ignored;
    m_socket.close(ignored);
    m_session->cancelAll();
    onEnd(shared_from_this());
}

bool LocalConnection::mayRead() const
{
    return !m_isFinishing && m_session->openRequests() < kMostOpenRequests && m_session->outbox().size() < kMostUnsent;
}

void LocalConnection::goOn()
{
    if (!m_onEnd)
        return;
    takeLines();
    if (m_session->outbox().size() > kMostHeld)
        return end();
    send();
    const bool hasAnswered = m_session->openRequests() == 0 && m_session->outbox().isEmpty();
    if ((m_isInputAtEnd || m_isFinishing) && hasAnswered)
        return end();
    read();
}

void LocalConnection::read()
{
    if (m_isReading || m_isInputAtEnd || !m_onEnd || !mayRead())
        return;
    m_isReading = true;
    m_socket.async_read_some(
        boost::asio::buffer(m_received), [self = shared_from_this()](const error_code& error, std::size_t bytes) {
            self->m_isReading = false;
            if (error)
                return self->endOfInput();
            self->m_lines.add({self->m_received.data(), bytes});
            self->goOn();
        });
}

void LocalConnection::takeLines()
{
    while (m_onEnd && mayRead()) {
        auto line = m_lines.next();
        if (!line) {
            m_session->outbox().push(rpcError(nullptr, RpcCode::ParseError, line.error()));
            m_isFinishing = true; // where the next request begins, nobody knows
            return;
        }
        if (!*line)
            return;
        if (!(*line)->empty())
            m_session->receive(**line);
    }
}

/// The client has said all that it wants to: it may still wait for answers, unless it is gone.
void LocalConnection::endOfInput()
{
    if (!m_onEnd)
        return;
    m_isInputAtEnd = true;
    if (hasHungUp())
        return end();
    goOn();
}

void LocalConnection::send()
{
    if (m_isSending || !m_onEnd || m_session->outbox().isEmpty())
        return;
    m_isSending = true;
    watchForStall();
    const std::string_view rest = m_session->outbox().begin().substr(m_sentOfFront);
    if (!m_session->outbox().descriptors().empty())
        return sendWithDescriptors();
    m_socket.async_write_some(boost::asio::buffer(rest.data(), rest.size()),
        [self = shared_from_this()](const error_code& error, std::size_t bytes) {
            self->m_isSending = false;
            if (error)
                return self->end();
            self->sent(bytes);
        });
}

/// Asio has no such call. A client whose descriptors the system does not take is left, and its leases end: it could not
/// know which of them it has.
void LocalConnection::sendWithDescriptors()
{
    m_socket.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
        self->m_isSending = false;
        if (error || !self->m_onEnd)
            return self->end();
        ClientOutbox& outbox = self->m_session->outbox();
        const auto bytes = sendDescriptors(self->m_socket.native_handle(), outbox.begin(), outbox.descriptors());
        if (!bytes)
            return self->end();
        if (*bytes > 0)
            outbox.closeDescriptors();
        self->sent(*bytes);
    });
}

void LocalConnection::sent(std::size_t bytes)
{
    m_sentOfFront += bytes;
    m_takenSinceStall += bytes;
    if (m_sentOfFront == m_session->outbox().begin().size()) {
        m_session->outbox().takeFront();
        m_sentOfFront = 0;
    }
    // Who has taken all has not stalled: the next line begins a watch of its own.
    if (m_session->outbox().isEmpty() && std::exchange(m_isStallWatched, false))
        m_stall.cancel();
    goOn();
}

/// Runs while there is something to send.
void LocalConnection::watchForStall()
{
    if (std::exchange(m_isStallWatched, true))
        return;
    m_takenSinceStall = 0;
    m_stall.expires_after(kLongestStall);
    m_stall.async_wait([weak = weak_from_this(), watch = ++m_watch](const error_code& error) {
        const auto connection = error ? nullptr : weak.lock();
        if (!connection || watch != connection->m_watch || !connection->m_isStallWatched)
            return;
        connection->m_isStallWatched = false;
        if (connection->m_session->outbox().isEmpty())
            return;
        if (connection->m_takenSinceStall < kLeastTaken.value)
            connection->end();
        else
            connection->watchForStall();
    });
}

/// A client that is killed while it is not read is noticed all the same.
void LocalConnection::watchForHangUp()
{
    m_socket.async_wait(Socket::wait_error, [weak = weak_from_this()](const error_code& error) {
        const auto connection = error ? nullptr : weak.lock();
        if (!connection)
            return;
        if (connection->hasHungUp())
            connection->end();
        else
            connection->watchForHangUp();
    });
}

bool LocalConnection::hasHungUp()
{
    // Out-of-band bytes (POLLPRI) have no meaning here, and would wake the watch for hang-ups again and again.
    pollfd socket{m_socket.native_handle(), POLLPRI, 0};
    return ::poll(&socket, 1, 0) == 1 && (socket.revents & (POLLHUP | POLLERR | POLLPRI)) != 0;
}

} // namespace weightroom::engine

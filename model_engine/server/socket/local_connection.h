// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/rpc/rpc_session.h"
#include "model_engine/server/socket/line_splitter.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>

namespace weightroom::engine {

/// The socket of one client: bytes to lines for its session, and lines of its outbox to bytes. On the server's thread.
///
///     socket ─▶ LineSplitter ─▶ RpcSession ─▶ ServedEngine
///     socket ◀─ ClientOutbox ◀─────┘
///
/// What one client does costs nobody else anything: it is not read while it has too many open requests or does not take
/// its answers, and one that takes nothing for a while is left.
class LocalConnection : public std::enable_shared_from_this<LocalConnection> {
public:
    using Socket = boost::asio::local::stream_protocol::socket;
    using OnEnd = std::function<void(const std::shared_ptr<LocalConnection>&)>;

    /// `onEnd` is called once. The session of `environment` tells this connection when it wants to send.
    LocalConnection(Socket socket, RpcSession::Environment environment, OnEnd onEnd);

    void begin();
    [[nodiscard]] RpcSession& session() { return *m_session; }
    /// Takes no more requests, and ends when those that are open have been answered.
    void finish();
    /// Ends at once; open jobs are cancelled.
    void end();

    /// A line that is longer is no request: the largest answers go the other way.
    static constexpr Bytes kLongestRequest{JsonLimits{}.maxBytes};
    /// Requests without an answer, of one client, its jobs among them (RpcSession::kMostOpenJobs).
    static constexpr std::size_t kMostOpenRequests = 64;
    /// A client that has not taken so much is asked for no more; a listing of 10,000 models has some 20 MB.
    static constexpr Bytes kMostUnsent = kMiB * 4;
    /// With the answers to what it has asked before it may become more. Beyond this the client is left.
    static constexpr Bytes kMostHeld = kMiB * 512;
    /// A client that takes less than kLeastTaken of what waits for it in this time will never take all of it.
    static constexpr std::chrono::seconds kLongestStall{60};
    static constexpr Bytes kLeastTaken = kKiB * 64;

private:
    [[nodiscard]] bool mayRead() const;
    void goOn();
    void read();
    void takeLines();
    void endOfInput();
    void send();
    void sendWithDescriptors();
    void sent(std::size_t bytes);
    void watchForHangUp();
    [[nodiscard]] bool hasHungUp();
    void goOnSoon();
    void watchForStall();

    const std::function<void(std::function<void()>)> m_post;
    Socket m_socket;
    boost::asio::steady_timer m_stall;
    std::shared_ptr<RpcSession> m_session;
    OnEnd m_onEnd;
    LineSplitter m_lines{kLongestRequest};
    std::array<char, 64 * 1024> m_received{};
    std::size_t m_sentOfFront = 0;
    std::size_t m_takenSinceStall = 0; ///< since the timer began
    bool m_isStallWatched = false;
    std::uint64_t m_watch = 0; ///< the number of the watch for a stall that counts: older ones may still come
    bool m_isGoOnPosted = false;
    bool m_isReading = false;
    bool m_isSending = false;
    bool m_isInputAtEnd = false;
    bool m_isFinishing = false;
};

} // namespace weightroom::engine

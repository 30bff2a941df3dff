// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/server/rest/rest_options.h"
#include "model_engine/server/rest/rest_service.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weightroom::engine {

/// One client of the REST door: HTTP/1.1 (by Boost.Beast), one request after the other. On the server's thread.
///
///     socket ─▶ head ─▶ RestService::check ─▶ body ─▶ RestService::start
///     socket ◀─ pieces of 64 KiB ◀──────────────────────┘
///
/// A client that goes, or ends its output, while it waits for an answer has gone: its job is cancelled.
class RestConnection : public std::enable_shared_from_this<RestConnection> {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using OnEnd = std::function<void(const std::shared_ptr<RestConnection>&)>;

    /// `onEnd` is called once.
    RestConnection(Socket socket, std::shared_ptr<RestService> service, const RestTiming& timing, OnEnd onEnd);
    ~RestConnection();
    RestConnection(const RestConnection&) = delete;
    RestConnection& operator=(const RestConnection&) = delete;

    void begin();
    /// Answers without having been asked, and ends.
    void refuse(RestResponse response);
    /// Takes no more requests; cancels what the client waits for, answers, and ends.
    void finish();
    /// Ends at once; what the client waits for is cancelled.
    void end();

    /// A query may have hundreds of paths.
    static constexpr Bytes kLongestHead = kKiB * 64;
    static constexpr Bytes kLongestBody{JsonLimits{}.maxBytes};

private:
    struct Input; ///< Beast's part
    enum class Phase : std::uint8_t { None = 0, Reading, Waiting, Answering, Leaving };

    void readHead();
    void headCame(const boost::system::error_code& error);
    void sendContinue();
    void readBody();
    void bodyCame(const boost::system::error_code& error);
    void readFailed(const boost::system::error_code& error);
    void requestIsLate();
    void answer(RestResponse response);
    void answerAndClose(unsigned status, ErrorCode code, std::string detail);
    void sendPiece();
    void pieceSent(const boost::system::error_code& error, std::size_t bytes);
    void leave();
    void drain();
    void watchForHangUp();
    void heardWhileWaiting(const boost::system::error_code& error, std::size_t bytes);
    void startTimer(std::chrono::milliseconds longest, void (RestConnection::*whenOver)());
    void stopTimer();

    Socket m_socket;
    const std::shared_ptr<RestService> m_service;
    const RestTiming m_timing;
    OnEnd m_onEnd;
    boost::asio::steady_timer m_timer; ///< of what goes on: the request, a piece, the farewell
    std::uint64_t m_timerNumber = 0;
    const std::unique_ptr<Input> m_input;
    Phase m_phase = Phase::None;
    RestHead m_head;
    std::optional<RestCall> m_call;
    JobId m_job{}; ///< that the client waits for
    std::string m_outHead;
    std::string m_outBody;
    std::size_t m_sent = 0; ///< of both
    std::size_t m_drained = 0;
    bool m_closes = true; ///< after the answer
    bool m_isLate = false;
    bool m_isWatching = false; ///< a read goes on that belongs to no request
    bool m_isFinishing = false;
};

} // namespace weightroom::engine

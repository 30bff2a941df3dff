// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/log.h"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <fcntl.h>
#include <functional>
#include <utility>

namespace weightroom::engine {

/// Lets clients in, one after another, as long as it is open. Where no descriptor is left, it tries again after a
/// moment, and the client waits: it neither spins nor gives up. On the server's thread, and alive as long as that runs.
template <class Protocol>
class Listener {
public:
    using Socket = typename Protocol::socket;
    using OnClient = std::function<void(Socket)>;

    Listener(boost::asio::io_context& io, LogSink& log, OnClient onClient)
        : m_acceptor(io)
        , m_pause(io)
        , m_log(log)
        , m_onClient(std::move(onClient))
    {
    }

    /// To be given what listens, before begin().
    [[nodiscard]] typename Protocol::acceptor& acceptor() { return m_acceptor; }

    void begin()
    {
        m_acceptor.async_accept([this](const boost::system::error_code& error, Socket socket) {
            // A client that was let in just before the end is not served any more.
            if (m_isClosed || error == boost::asio::error::operation_aborted)
                return;
            if (error)
                return tryLater(error);
            m_isShort = false;
            ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
            m_onClient(std::move(socket));
            begin();
        });
    }

    /// Nobody is let in any more.
    void close()
    {
        m_isClosed = true;
        boost::system::error_code ignored;
        m_acceptor.close(ignored);
        m_pause.cancel();
    }

private:
    static constexpr std::chrono::milliseconds kPauseAfterFailure{100};

    void tryLater(const boost::system::error_code& error)
    {
        if (!std::exchange(m_isShort, true))
            m_log.write(LogLevel::Warning, "A client could not be let in, and waits: " + error.message());
        m_pause.expires_after(kPauseAfterFailure);
        m_pause.async_wait([this](const boost::system::error_code& aborted) {
            if (!m_isClosed && !aborted)
                begin();
        });
    }

    typename Protocol::acceptor m_acceptor;
    boost::asio::steady_timer m_pause;
    LogSink& m_log;
    const OnClient m_onClient;
    bool m_isShort = false; ///< no descriptor was left for the last client
    bool m_isClosed = false;
};

} // namespace weightroom::engine

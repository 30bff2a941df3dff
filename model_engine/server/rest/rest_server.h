// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/log.h"
#include "model_engine/server/rest/rest_options.h"
#include "model_engine/server/served_engine.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace weightroom::engine {

/// The REST door: HTTP on 127.0.0.1 and, where the machine has it, on ::1, at one port (docs/rest.md). On the thread
/// that runs its io_context, but for open() and port().
class RestServer {
public:
    /// What it stands on; outlives it, but for `io`, which answers of the engine may still be posted to.
    struct Environment {
        ServedEngine& engine;
        std::shared_ptr<boost::asio::io_context> io;
        LogSink& log;
        std::function<void()> allAreGone; ///< after beginToStop(), when no client is left
    };

    /// Binds; nobody is let in before begin(). Errors: IoError, when something else has the port; those of the system.
    [[nodiscard]] static Result<std::unique_ptr<RestServer>> open(Environment environment, RestOptions options);
    ~RestServer();
    RestServer(const RestServer&) = delete;
    RestServer& operator=(const RestServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    void begin();
    /// Takes no more requests, and cancels what clients wait for; they are answered.
    void beginToStop();
    [[nodiscard]] bool hasClients() const;
    /// Ends those that have not taken their answers.
    void leaveTheRest();

    /// Clients at the same time; one more is refused.
    static constexpr std::size_t kMostClients = 32;
    /// Clients that are being told that they are refused; one more is not told.
    static constexpr std::size_t kMostRefused = 32;

private:
    class Implementation;
    explicit RestServer(std::unique_ptr<Implementation> implementation);
    std::unique_ptr<Implementation> m_implementation;
};

} // namespace weightroom::engine

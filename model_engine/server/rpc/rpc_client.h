// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/jobs/wake_up.h"
#include "model_engine/core/json.h"
#include "model_engine/server/socket/line_splitter.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>

namespace weightroom::engine {

/// The other end of the local socket: calls operations of an engine in another process. One thread at a time.
class RpcClient {
public:
    /// Called on the caller's thread while it waits.
    using OnNotification = std::function<void(std::string_view method, const Json& params)>;

    /// Errors: those of connectTo(); PermissionDenied, when somebody else listens there.
    [[nodiscard]] static Result<RpcClient> connect(const std::filesystem::path& socket);
    /// How long call() waits for an answer: a server may hang. As it is made, it waits as long as that takes.
    void setPatience(std::chrono::milliseconds longest) { m_patience = longest; }

    /// Waits for the answer. `stop` cancels the job and waits for its end. Errors: those of the operation; IoError,
    /// when the engine ends meanwhile; NotAnswering, when patience is over; InvalidFormat, for an answer that is none.
    [[nodiscard]] Result<Json> call(std::string_view method, const Json& params, const std::stop_token& stop,
        const OnNotification& onNotification = {});

    /// What an answer may have; a listing of 10,000 models has some 20 MB.
    static constexpr Bytes kLongestAnswer = kGiB;

private:
    RpcClient(UniqueFd socket, WakeUp wake)
        : m_socket(std::move(socket))
        , m_wake(std::move(wake))
    {
    }
    [[nodiscard]] Result<> send(std::string_view line) const;
    [[nodiscard]] Result<std::optional<Json>> nextMessage();
    [[nodiscard]] Result<> receive();
    [[nodiscard]] Error lastWords();
    static void noteStart(const Json& message, std::uint64_t id, std::optional<std::uint64_t>& job);
    static void tell(const Json& message, const OnNotification& onNotification);

    UniqueFd m_socket;
    WakeUp m_wake; ///< by a stop
    LineSplitter m_lines{kLongestAnswer};
    std::uint64_t m_nextId = 1;
    std::optional<std::chrono::milliseconds> m_patience;
};

} // namespace weightroom::engine

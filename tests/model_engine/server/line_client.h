// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/server/line_splitter.h"
#include "model_engine/server/socket_place.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace weightroom::test {

/// A client that says whatever it likes, and may be rude.
class LineClient {
public:
    explicit LineClient(const std::filesystem::path& socket)
        : m_socket(engine::connectTo(socket).value())
    {
    }

    /// False when the other end does not take it any more.
    bool say(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const ssize_t count = ::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    /// As much as goes without waiting; how much that was.
    std::size_t sayWithoutWaiting(std::string_view bytes)
    {
        const ssize_t count = ::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    bool ask(const engine::Json& id, const char* method, const engine::Json& params = engine::Json::object())
    {
        return say(engine::writeJson({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}) + "\n");
    }
    /// The next message; nothing when the connection was closed. Waits.
    std::optional<engine::Json> next()
    {
        while (true) {
            auto line = m_lines.next().value();
            if (line)
                return engine::parseJson(*line, {.maxBytes = kMost.value}).value();
            std::array<char, 65536> bytes{};
            const ssize_t count = ::recv(m_socket.get(), bytes.data(), bytes.size(), 0);
            if (count <= 0)
                return std::nullopt;
            m_lines.add({bytes.data(), static_cast<std::size_t>(count)});
        }
    }
    /// False where the system knows no such bytes.
    bool sayOutOfBand(char byte) { return ::send(m_socket.get(), &byte, 1, MSG_OOB | MSG_NOSIGNAL) == 1; }
    void endInput() { ::shutdown(m_socket.get(), SHUT_WR); }
    /// As the kernel does it for a process that is killed.
    void hangUp() { m_socket = {}; }

private:
    static constexpr engine::Bytes kMost = engine::kMiB * 64;
    engine::UniqueFd m_socket;
    engine::LineSplitter m_lines{kMost};
};

} // namespace weightroom::test

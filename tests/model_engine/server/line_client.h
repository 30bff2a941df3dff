// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/server/socket/descriptor_message.h"
#include "model_engine/server/socket/line_splitter.h"
#include "model_engine/server/socket/socket_place.h"

#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>
#include <vector>

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
    /// With copies of descriptors, 16 at most.
    bool askWith(const engine::Json& id, const char* method, const std::vector<engine::UniqueFd>& descriptors)
    {
        const std::string line = engine::writeJson({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}}) + "\n";
        const auto sent = engine::sendDescriptors(m_socket.get(), line, descriptors);
        return sent && *sent == line.size();
    }
    /// The next message; nothing when the connection was closed. Waits.
    std::optional<engine::Json> next()
    {
        while (true) {
            auto line = m_lines.next().value();
            if (line)
                return engine::parseJson(*line, {.maxBytes = kMost.value}).value();
            std::array<char, 65536> bytes{};
            const ssize_t count = receive(bytes);
            if (count <= 0)
                return std::nullopt;
            m_lines.add({bytes.data(), static_cast<std::size_t>(count)});
        }
    }
    /// What has come along with messages so far.
    std::vector<engine::UniqueFd> takeDescriptors() { return std::exchange(m_descriptors, {}); }
    /// False where the system knows no such bytes.
    bool sayOutOfBand(char byte) { return ::send(m_socket.get(), &byte, 1, MSG_OOB | MSG_NOSIGNAL) == 1; }
    void endInput() { ::shutdown(m_socket.get(), SHUT_WR); }
    /// As the kernel does it for a process that is killed.
    void hangUp() { m_socket = {}; }

private:
    ssize_t receive(std::span<char> bytes)
    {
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 64)> control{};
        iovec part{bytes.data(), bytes.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t count = ::recvmsg(m_socket.get(), &message, MSG_CMSG_CLOEXEC);
        if (count <= 0)
            return count; // and nothing was said of descriptors
        for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
            std::array<int, 64> numbers{};
            const std::size_t size = header->cmsg_len - CMSG_LEN(0);
            std::memcpy(numbers.data(), CMSG_DATA(header), size);
            for (std::size_t i = 0; i < size / sizeof(int); ++i)
                m_descriptors.emplace_back(numbers.at(i));
        }
        return count;
    }

    static constexpr engine::Bytes kMost = engine::kMiB * 64;
    engine::UniqueFd m_socket;
    engine::LineSplitter m_lines{kMost};
    std::vector<engine::UniqueFd> m_descriptors;
};

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/json.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace weightroom::test {

/// What a server has answered.
struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;

    [[nodiscard]] engine::Json json() const { return engine::parseJson(body, {.maxBytes = 1U << 26U}).value(); }
    /// The code of the typed error.
    [[nodiscard]] std::string code() const { return json().at("error").at("code").get<std::string>(); }
    [[nodiscard]] bool closes() const { return headers.at("connection") == "close"; }
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// Connected to a port of 127.0.0.1; not open where nobody listens.
[[nodiscard]] inline engine::UniqueFd connectToPort(std::uint16_t port)
{
    engine::UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* plain = reinterpret_cast<const sockaddr*>(&address); // NOLINT: how the system's calls take it
    return ::connect(socket.get(), plain, sizeof address) == 0 ? std::move(socket) : engine::UniqueFd{};
}

/// A client of the REST door that says whatever it likes.
class HttpClient {
public:
    /// `token` may be empty: none is shown.
    HttpClient(std::uint16_t port, std::string token)
        : m_socket(connectToPort(port))
        , m_host("127.0.0.1:" + std::to_string(port))
        , m_token(std::move(token))
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
    /// The head of a request as a client should send it, with what is given besides or in place of it.
    [[nodiscard]] std::string head(std::string_view method, std::string_view target, const HttpHeaders& more = {}) const
    {
        std::string text{method};
        text.append(" ").append(target).append(" HTTP/1.1\r\n");
        const auto isGiven = [&](const char* name) {
            return std::ranges::any_of(more, [name](const auto& one) { return one.first == name; });
        };
        if (!isGiven("Host"))
            text += "Host: " + m_host + "\r\n";
        if (!isGiven("Authorization") && !m_token.empty())
            text += "Authorization: Bearer " + m_token + "\r\n";
        for (const auto& [name, value] : more)
            text.append(name).append(": ").append(value).append("\r\n");
        return text + "\r\n";
    }
    bool get(std::string_view target, const HttpHeaders& more = {}) { return say(head("GET", target, more)); }
    bool post(std::string_view target, std::string_view body, HttpHeaders more = {})
    {
        more.emplace_back("Content-Type", "application/json");
        more.emplace_back("Content-Length", std::to_string(body.size()));
        return say(head("POST", target, more) + std::string{body});
    }
    /// The next answer, as that of a GET; nothing when the connection was closed before its end. Waits.
    std::optional<HttpAnswer> next()
    {
        const auto text = takeHead();
        if (!text)
            return std::nullopt;
        HttpAnswer answer = parsed(*text);
        const auto length = answer.headers.find("content-length");
        if (length == answer.headers.end())
            return answer; // 100 Continue
        while (m_received.size() < std::stoul(length->second)) {
            if (!receive())
                return std::nullopt;
        }
        answer.body = m_received.substr(0, std::stoul(length->second));
        m_received.erase(0, answer.body.size());
        return answer;
    }
    /// The next answer, as that of a HEAD.
    std::optional<HttpAnswer> nextHead()
    {
        const auto text = takeHead();
        return text ? std::optional{parsed(*text)} : std::nullopt;
    }
    /// True when the connection was closed and nothing came before that. Waits.
    bool isEnded() { return m_received.empty() && !receive(); }
    void hangUp() { m_socket = {}; }
    void endOutput() { ::shutdown(m_socket.get(), SHUT_WR); }

private:
    bool receive()
    {
        std::array<char, 65536> bytes{};
        const ssize_t count = ::recv(m_socket.get(), bytes.data(), bytes.size(), 0);
        if (count <= 0)
            return false;
        m_received.append(bytes.data(), static_cast<std::size_t>(count));
        return true;
    }
    std::optional<std::string> takeHead()
    {
        std::size_t end = std::string::npos;
        while ((end = m_received.find("\r\n\r\n")) == std::string::npos) {
            if (!receive())
                return std::nullopt;
        }
        std::string head = m_received.substr(0, end + 2);
        m_received.erase(0, end + 4);
        return head;
    }
    static HttpAnswer parsed(std::string_view head)
    {
        HttpAnswer answer;
        answer.status = std::stoi(std::string{head.substr(head.find(' ') + 1, 3)});
        for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
            const std::size_t end = head.find("\r\n", at);
            const std::size_t colon = head.find(": ", at);
            std::string name{head.substr(at, colon - at)};
            std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
            answer.headers[name] = head.substr(colon + 2, end - colon - 2);
            at = end + 2;
        }
        return answer;
    }

    engine::UniqueFd m_socket;
    std::string m_host;
    std::string m_token;
    std::string m_received;
};

} // namespace weightroom::test

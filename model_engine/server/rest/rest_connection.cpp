// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_connection.h"

#include "model_engine/core/naming.h"
#include "model_engine/server/rest/rest_response_head.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <ctime>
#include <utility>

namespace weightroom::engine {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

/// What is read at once.
constexpr std::size_t kReadSize = 16 * 1024;
/// What a client may send ahead while it waits: the beginning of its next request. More is not read before its turn.
constexpr std::size_t kMostAhead = 16 * 1024;
constexpr std::size_t kPiece = 64 * 1024;
/// What is read and forgotten after the last answer, so that it arrives: closing a socket with unread bytes takes back
/// what was sent.
constexpr std::size_t kMostDrained = 2 * 1024 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string inLowerCase(std::string_view text)
{
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), detail::toLower);
    return lower;
}

RestHead headOf(const Parser::value_type& request)
{
    RestHead head{
        .method = std::string{request.method_string()}, .target = std::string{request.target()}, .headers = {}};
    for (const auto& field : request)
        head.headers.push_back({inLowerCase(field.name_string()), std::string{field.value()}});
    return head;
}

/// Of what is no HTTP; errors of the socket are others.
bool isAboutHttp(const error_code& error)
{
    return error.category() == http::make_error_code(http::error::bad_version).category();
}

bool hasGone(const error_code& error)
{
    return !isAboutHttp(error) || error == http::error::end_of_stream || error == http::error::partial_message;
}

} // namespace

struct RestConnection::Input {
    boost::beast::flat_buffer buffer{(kLongestHead * 2).value + kReadSize};
    std::optional<Parser> parser;
};

RestConnection::RestConnection(
    Socket socket, std::shared_ptr<RestService> service, const RestTiming& timing, OnEnd onEnd)
    : m_socket(std::move(socket))
    , m_service(std::move(service))
    , m_timing(timing)
    , m_onEnd(std::move(onEnd))
    , m_timer(m_socket.get_executor())
    , m_input(std::make_unique<Input>())
{
    error_code ignored;
    m_socket.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
}

RestConnection::~RestConnection() = default;

void RestConnection::begin() { readHead(); }

void RestConnection::refuse(RestResponse response) { answer(std::move(response)); }

void RestConnection::finish()
{
    m_isFinishing = true;
    if (m_phase == Phase::Waiting)
        m_service->cancel(m_job); // whose answer ends this
    else if (m_phase == Phase::Reading)
        end();
}

void RestConnection::end()
{
    if (!m_onEnd)
        return;
    const OnEnd onEnd = std::exchange(m_onEnd, {});
    stopTimer();
    error_code ignored;
    m_socket.close(ignored);
    m_service->cancel(std::exchange(m_job, {}));
    onEnd(shared_from_this());
}

void RestConnection::readHead()
{
    m_phase = Phase::Reading;
    m_head = {};
    m_call.reset();
    m_closes = true; // until all of the request is there
    m_isLate = false;
    Parser& parser = m_input->parser.emplace();
    parser.header_limit(static_cast<std::uint32_t>(kLongestHead.value));
    parser.body_limit(kLongestBody.value);
    startTimer(m_timing.request, &RestConnection::requestIsLate);
    http::async_read_header(m_socket, m_input->buffer, parser,
        [self = shared_from_this()](const error_code& error, std::size_t) { self->headCame(error); });
}

void RestConnection::headCame(const error_code& error)
{
    if (!m_onEnd)
        return;
    // A body beyond the limit has a head all the same: who may not come in hears of nothing else.
    if (error && error != http::error::body_limit)
        return readFailed(error);
    m_head = headOf(m_input->parser->get());
    auto call = m_service->check(m_head);
    if (!call) {
        m_closes = !m_input->parser->is_done() || !m_input->parser->keep_alive();
        return answer(std::move(call).error());
    }
    m_call = std::move(*call);
    if (error)
        return readFailed(error);
    if (m_head.has("expect") && !m_input->parser->is_done())
        sendContinue();
    else
        readBody();
}

/// The client waits for this before it sends its body.
void RestConnection::sendContinue()
{
    boost::asio::async_write(
        m_socket, boost::asio::buffer(kContinue), [self = shared_from_this()](const error_code& error, std::size_t) {
            if (error)
                return self->end();
            self->readBody();
        });
}

void RestConnection::readBody()
{
    http::async_read(m_socket, m_input->buffer, *m_input->parser,
        [self = shared_from_this()](const error_code& error, std::size_t) { self->bodyCame(error); });
}

void RestConnection::bodyCame(const error_code& error)
{
    if (!m_onEnd)
        return;
    if (error)
        return readFailed(error);
    stopTimer();
    m_closes = !m_input->parser->keep_alive();
    m_phase = Phase::Waiting;
    m_job = m_service->start(*m_call, m_input->parser->get().body(), [weak = weak_from_this()](RestResponse response) {
        const auto connection = weak.lock();
        if (connection && connection->m_onEnd)
            connection->answer(std::move(response));
    });
    watchForHangUp();
}

void RestConnection::readFailed(const error_code& error)
{
    if (m_isLate && m_input->parser->got_some())
        return answerAndClose(408, ErrorCode::InvalidValue,
            "the request was not there after " + std::to_string(m_timing.request.count()) + " ms");
    if (hasGone(error))
        return end();
    if (error == http::error::body_limit) {
        return answerAndClose(
            413, ErrorCode::InvalidValue, "a body may have " + std::to_string(kLongestBody.value) + " bytes");
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return answerAndClose(431, ErrorCode::InvalidValue,
            "the head of a request may have " + std::to_string(kLongestHead.value) + " bytes");
    }
    answerAndClose(400, ErrorCode::InvalidValue, "this is no HTTP/1.1: " + error.message());
}

void RestConnection::requestIsLate()
{
    m_isLate = true;
    m_socket.cancel(); // readFailed() comes
}

void RestConnection::answerAndClose(unsigned status, ErrorCode code, std::string detail)
{
    m_closes = true;
    answer(toResponse({status, {code, std::move(detail)}}, m_call ? m_call->naming : RestNaming::Snake));
}

void RestConnection::answer(RestResponse response)
{
    m_phase = Phase::Answering;
    m_job = {};
    m_closes = m_closes || m_isFinishing;
    m_outHead = responseHead(response, m_closes ? AfterAnswer::Close : AfterAnswer::KeepOpen, std::time(nullptr));
    m_outBody = m_head.method == "HEAD" ? std::string{} : std::move(response.body);
    m_sent = 0;
    if (m_isWatching)
        m_socket.cancel(); // sending goes on when it has ended
    else
        sendPiece();
}

void RestConnection::sendPiece()
{
    startTimer(m_timing.piece, &RestConnection::end);
    const std::size_t ofHead = std::min(m_sent, m_outHead.size());
    const std::size_t ofBody = m_sent - ofHead;
    const std::array<boost::asio::const_buffer, 2> piece{
        boost::asio::buffer(m_outHead.data() + ofHead, m_outHead.size() - ofHead),
        boost::asio::buffer(m_outBody.data() + ofBody, std::min(kPiece, m_outBody.size() - ofBody))};
    boost::asio::async_write(m_socket, piece,
        [self = shared_from_this()](const error_code& error, std::size_t bytes) { self->pieceSent(error, bytes); });
}

void RestConnection::pieceSent(const error_code& error, std::size_t bytes)
{
    if (!m_onEnd)
        return;
    if (error)
        return end();
    m_sent += bytes;
    if (m_sent < m_outHead.size() + m_outBody.size())
        return sendPiece();
    m_outBody = {};
    if (m_closes || m_isFinishing)
        leave();
    else
        readHead();
}

void RestConnection::leave()
{
    m_phase = Phase::Leaving;
    error_code ignored;
    m_socket.shutdown(Socket::shutdown_send, ignored);
    startTimer(m_timing.farewell, &RestConnection::end);
    drain();
}

void RestConnection::drain()
{
    m_input->buffer.clear();
    m_socket.async_read_some(
        m_input->buffer.prepare(kReadSize), [self = shared_from_this()](const error_code& error, std::size_t bytes) {
            self->m_drained += bytes;
            if (error || self->m_drained > kMostDrained)
                return self->end();
            self->drain();
        });
}

void RestConnection::watchForHangUp()
{
    if (m_input->buffer.size() > kMostAhead)
        return;
    m_isWatching = true;
    m_socket.async_read_some(
        m_input->buffer.prepare(kReadSize), [self = shared_from_this()](const error_code& error, std::size_t bytes) {
            self->heardWhileWaiting(error, bytes);
        });
}

void RestConnection::heardWhileWaiting(const error_code& error, std::size_t bytes)
{
    m_isWatching = false;
    if (!m_onEnd)
        return;
    m_input->buffer.commit(bytes);
    if (m_phase == Phase::Answering)
        return sendPiece(); // if the client has gone, it fails
    if (error)
        return end();
    watchForHangUp();
}

void RestConnection::startTimer(std::chrono::milliseconds longest, void (RestConnection::*whenOver)())
{
    m_timer.expires_after(longest);
    m_timer.async_wait([weak = weak_from_this(), number = ++m_timerNumber, whenOver](const error_code& error) {
        const auto connection = error ? nullptr : weak.lock();
        if (connection && connection->m_onEnd && connection->m_timerNumber == number)
            (connection.get()->*whenOver)();
    });
}

void RestConnection::stopTimer()
{
    ++m_timerNumber; // also for one that is over and has not been heard of yet
    m_timer.cancel();
}

} // namespace weightroom::engine

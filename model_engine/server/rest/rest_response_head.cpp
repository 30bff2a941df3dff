// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_response_head.h"

#include "model_engine/server/rest/rest_status.h"

#include <array>

namespace weightroom::engine {
namespace {

/// "Sun, 06 Nov 1994 08:49:37 GMT", in whatever language the user has.
std::string httpDate(std::time_t now)
{
    static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm time{};
    ::gmtime_r(&now, &time);
    const auto two = [](int number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); };
    return std::string{kDays.at(static_cast<std::size_t>(time.tm_wday))} + ", " + two(time.tm_mday) + " "
        + kMonths.at(static_cast<std::size_t>(time.tm_mon)) + " " + std::to_string(time.tm_year + 1900) + " "
        + two(time.tm_hour) + ":" + two(time.tm_min) + ":" + two(time.tm_sec) + " GMT";
}

} // namespace

std::string responseHead(const RestResponse& response, AfterAnswer after, std::time_t now)
{
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
    head.append(reasonOf(response.status)).append("\r\nDate: ").append(httpDate(now));
    head.append("\r\nContent-Type: ").append(response.contentType);
    head.append("\r\nContent-Length: ").append(std::to_string(response.body.size()));
    // What models are there is nobody's business but the client's, and is different the next time.
    head.append("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: ");
    head.append(after == AfterAnswer::Close ? "close" : "keep-alive");
    for (const RestHeader& header : response.headers)
        head.append("\r\n").append(header.name).append(": ").append(header.value);
    return head + "\r\n\r\n";
}

} // namespace weightroom::engine

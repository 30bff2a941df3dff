// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// How the names of fields are written in a request and in its answer (N1).
enum class RestNaming : std::uint8_t { None = 0, Snake, Pascal };

struct RestHeader {
    std::string name; ///< in lower case
    std::string value;
};

/// A request before its body has come.
struct RestHead {
    std::string method; ///< "GET"
    std::string target; ///< "/api/models/1f?include_raw=true", as it came
    std::vector<RestHeader> headers;

    [[nodiscard]] bool has(std::string_view name) const;
    /// The value, where the header is there once; empty: it is not there, or more than once.
    [[nodiscard]] std::string_view value(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

inline constexpr std::string_view kJsonType = "application/json";

/// What a request gets.
struct RestResponse {
    unsigned status = 200;
    std::vector<RestHeader> headers{}; ///< beside those that every answer has
    std::string_view contentType = kJsonType; ///< a constant: nothing that a request could have put together
    std::string body{};
};

/// Why a request is refused, or has failed.
struct RestRefusal {
    unsigned status = 500;
    Error error;
    std::vector<RestHeader> headers{};
};

template <class T>
using RestResult = tl::expected<T, RestRefusal>;

/// The refusal of what is asked for in a way that HTTP has a status for.
[[nodiscard]] tl::unexpected<RestRefusal> refuse(unsigned status, ErrorCode code, std::string detail,
    ErrorContext context = {}, std::vector<RestHeader> headers = {});

/// As weightroomctl prints it: {"error": …}.
[[nodiscard]] RestResponse toResponse(const RestRefusal& refusal, RestNaming naming = RestNaming::Snake);

/// Whether two words are the same but for the case of their letters (ASCII), as HTTP compares many.
[[nodiscard]] bool isSameWord(std::string_view a, std::string_view b);
/// Without blanks and tabs in front and behind.
[[nodiscard]] std::string_view withoutBlanks(std::string_view text);

} // namespace weightroom::engine

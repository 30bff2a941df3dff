// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/rest/rest_message.h"

#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What a request is about, decoded: "/api/models/1f?types=a&types=b".
struct RestTarget {
    struct Parameter {
        std::string name;
        std::vector<std::string> values; ///< in their order; at least one
    };
    std::vector<std::string> segments; ///< api, models, 1f
    std::vector<Parameter> query; ///< each name once

    /// Takes a parameter out; empty: it is not there.
    [[nodiscard]] std::vector<std::string> take(std::string_view name);
};

/// Splits and decodes: %41 is A, and in the query + is a blank. Refuses (400) what is no path of this server: one that
/// does not begin with "/", that has an empty segment, "." or "..", bytes that are not UTF-8 or NUL, or more than 64
/// different parameters.
[[nodiscard]] RestResult<RestTarget> parseTarget(std::string_view target);

} // namespace weightroom::engine

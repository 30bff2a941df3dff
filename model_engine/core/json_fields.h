// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <cstdint>
#include <optional>
#include <string>

namespace weightroom::engine {

// Members of a document that another program may have written: what is missing, or of another type, is simply not
// there.

[[nodiscard]] inline Json memberIn(const Json& document, const char* key)
{
    const auto found = document.is_object() ? document.find(key) : document.end();
    return found == document.end() ? Json() : *found;
}

/// Empty where there is none.
[[nodiscard]] inline std::string textIn(const Json& document, const char* key)
{
    const Json member = memberIn(document, key);
    return member.is_string() ? member.get<std::string>() : std::string{};
}

/// A whole number from 0 on. (The reader gives numbers below 2^63 as signed ones.)
[[nodiscard]] inline std::optional<std::uint64_t> countIn(const Json& document, const char* key)
{
    const Json member = memberIn(document, key);
    if (member.is_number_unsigned())
        return member.get<std::uint64_t>();
    if (!member.is_number_integer() || member.get<std::int64_t>() < 0)
        return std::nullopt;
    return static_cast<std::uint64_t>(member.get<std::int64_t>());
}

[[nodiscard]] inline std::optional<double> numberIn(const Json& document, const char* key)
{
    const Json member = memberIn(document, key);
    return member.is_number() ? std::optional{member.get<double>()} : std::nullopt;
}

} // namespace weightroom::engine

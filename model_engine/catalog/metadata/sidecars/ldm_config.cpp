// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/ldm_config.h"

#include "model_engine/catalog/metadata/value_readers.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

struct Line {
    std::size_t indentation = 0;
    std::string_view key;
    std::string_view value; ///< without quotes
};

std::string_view withoutQuotes(std::string_view text)
{
    const bool isQuoted =
        text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
    return isQuoted ? text.substr(1, text.size() - 2) : text;
}

/// "key: value"; a line of another kind has no key.
Line lineOf(std::string_view text)
{
    text = text.substr(0, text.find(" #"));
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.substr(begin).starts_with('#'))
        return {};
    return {begin, trimmed(text.substr(begin, colon - begin)), withoutQuotes(trimmed(text.substr(colon + 1)))};
}

std::string_view takeLine(std::string_view& text)
{
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

std::optional<std::int64_t> integerIn(std::string_view text)
{
    const auto number = readInteger(Json(std::string{text}));
    return number && number->is_number() ? std::optional{number->get<std::int64_t>()} : std::nullopt;
}

} // namespace

LdmConfig readLdmConfig(std::string_view text)
{
    LdmConfig config;
    constexpr std::size_t kOutside = std::string_view::npos;
    std::size_t unetIndentation = kOutside;
    while (!text.empty()) {
        const Line line = lineOf(takeLine(text));
        if (line.key.empty())
            continue;
        if (unetIndentation != kOutside && line.indentation <= unetIndentation)
            unetIndentation = kOutside;
        if (line.key == "unet_config")
            unetIndentation = line.indentation;
        else if (line.key == "parameterization")
            config.parameterization = line.value;
        else if (line.key == "in_channels" && unetIndentation != kOutside)
            config.inChannels = integerIn(line.value);
    }
    return config;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_target.h"

#include "model_engine/core/utf8.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace weightroom::engine {
namespace {

/// Different ones. Each is compared with all before it, of whoever may have sent them.
constexpr std::size_t kMostParameters = 64;

enum class Plus : std::uint8_t { Itself, Blank };

int hexValue(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The character of "%41" at `at`; nothing where these are no two digits.
std::optional<char> escapedAt(std::string_view text, std::size_t at)
{
    if (text.size() - at < 3)
        return std::nullopt;
    const int high = hexValue(text[at + 1]);
    const int low = hexValue(text[at + 2]);
    return high < 0 || low < 0 ? std::nullopt : std::optional{static_cast<char>(high * 16 + low)};
}

/// Nothing for what is badly escaped, not UTF-8, or holds a NUL.
std::optional<std::string> decoded(std::string_view text, Plus plus)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out.push_back(text[at] == '+' && plus == Plus::Blank ? ' ' : text[at]);
            continue;
        }
        const auto escaped = escapedAt(text, at);
        if (!escaped)
            return std::nullopt;
        out.push_back(*escaped);
        at += 2;
    }
    const bool isText = isValidUtf8(out) && out.find('\0') == std::string::npos;
    return isText ? std::optional{std::move(out)} : std::nullopt;
}

tl::unexpected<RestRefusal> refuseTarget(std::string what)
{
    return refuse(400, ErrorCode::InvalidValue, "the request's target " + std::move(what));
}

/// "a" of "a/b", and leaves "b".
std::string_view takeUntil(std::string_view& rest, char separator)
{
    const auto end = std::min(rest.find(separator), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

RestResult<std::vector<std::string>> segmentsOf(std::string_view path)
{
    std::vector<std::string> segments;
    if (!path.starts_with('/'))
        return refuseTarget("must be a path that begins with '/'");
    if (path.ends_with('/'))
        return refuseTarget("must not end with '/'");
    path.remove_prefix(1);
    while (!path.empty()) {
        auto segment = decoded(takeUntil(path, '/'), Plus::Itself);
        if (!segment || segment->empty() || *segment == "." || *segment == "..")
            return refuseTarget("has a segment that is empty, badly escaped, or no name");
        segments.push_back(std::move(*segment));
    }
    return segments;
}

RestResult<std::vector<RestTarget::Parameter>> parametersOf(std::string_view query)
{
    std::vector<RestTarget::Parameter> parameters;
    while (!query.empty()) {
        std::string_view value = takeUntil(query, '&');
        auto name = decoded(takeUntil(value, '='), Plus::Blank);
        auto text = decoded(value, Plus::Blank);
        if (!name || name->empty() || !text)
            return refuseTarget("has a parameter without a name, or badly escaped");
        auto known = std::ranges::find(parameters, *name, &RestTarget::Parameter::name);
        if (known == parameters.end() && parameters.size() >= kMostParameters)
            return refuseTarget("has more different parameters than any operation");
        if (known == parameters.end())
            known = parameters.insert(known, {std::move(*name), {}});
        known->values.push_back(std::move(*text));
    }
    return parameters;
}

} // namespace

std::vector<std::string> RestTarget::take(std::string_view name)
{
    const auto found = std::ranges::find(query, name, &Parameter::name);
    if (found == query.end())
        return {};
    std::vector<std::string> values = std::move(found->values);
    query.erase(found);
    return values;
}

RestResult<RestTarget> parseTarget(std::string_view target)
{
    const std::string_view path = takeUntil(target, '?');
    auto segments = segmentsOf(path);
    if (!segments)
        return tl::unexpected(std::move(segments).error());
    auto query = parametersOf(target);
    if (!query)
        return tl::unexpected(std::move(query).error());
    return RestTarget{std::move(*segments), std::move(*query)};
}

} // namespace weightroom::engine

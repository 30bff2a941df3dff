// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_message.h"

#include "model_engine/core/naming.h"
#include "model_engine/server/rest/rest_names.h"

#include <algorithm>

namespace weightroom::engine {

std::size_t RestHead::count(std::string_view name) const
{
    return static_cast<std::size_t>(std::ranges::count(headers, name, &RestHeader::name));
}

bool RestHead::has(std::string_view name) const { return count(name) > 0; }

std::string_view RestHead::value(std::string_view name) const
{
    const auto found = std::ranges::find(headers, name, &RestHeader::name);
    return found == headers.end() || count(name) > 1 ? std::string_view{} : std::string_view{found->value};
}

tl::unexpected<RestRefusal> refuse(
    unsigned status, ErrorCode code, std::string detail, ErrorContext context, std::vector<RestHeader> headers)
{
    return tl::unexpected<RestRefusal>(
        RestRefusal{status, {code, std::move(detail), std::move(context)}, std::move(headers)});
}

RestResponse toResponse(const RestRefusal& refusal, RestNaming naming)
{
    return {.status = refusal.status,
        .headers = refusal.headers,
        .body = writeJson(withNames({{"error", toJson(refusal.error)}}, naming, {}))};
}

bool isSameWord(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, detail::toLower, detail::toLower);
}

std::string_view withoutBlanks(std::string_view text)
{
    constexpr std::string_view kBlanks = " \t";
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

} // namespace weightroom::engine

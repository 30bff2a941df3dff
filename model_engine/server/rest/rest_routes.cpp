// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_routes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weightroom::engine {
namespace {

struct Verb {
    std::string_view prefix;
    std::string_view method;
};
constexpr std::array<Verb, 3> kVerbs{{{"get_", "GET"}, {"post_", "POST"}, {"delete_", "DELETE"}}};

/// The method, and the name without the verb that says it.
std::pair<std::string_view, std::string_view> splitVerb(std::string_view name)
{
    const auto verb = std::ranges::find_if(kVerbs, [name](const Verb& one) { return name.starts_with(one.prefix); });
    if (verb == kVerbs.end())
        return {"POST", name};
    return {verb->method, name.substr(verb->prefix.size())};
}

std::string pluralOf(std::string_view word) { return std::string{word} + 's'; }

/// "load" of "model_load", "available" of "available_models".
std::string_view withoutFamily(std::string_view words, std::string_view family)
{
    for (const std::string& word : {pluralOf(family), std::string{family}}) {
        if (words == word)
            return {};
        if (words.starts_with(word + '_'))
            return words.substr(word.size() + 1);
        if (words.ends_with('_' + word))
            return words.substr(0, words.size() - word.size() - 1);
    }
    return words;
}

/// The field that says which of its family an operation is about.
const FieldSpec* itemOf(const OperationSpec& spec)
{
    const std::string name = std::string{spec.family.text()} + "_id";
    const auto field =
        std::ranges::find(spec.fields, std::string_view{name}, [](const FieldSpec& one) { return one.name.text(); });
    return field == spec.fields.end() ? nullptr : &*field;
}

bool hasItems(const OperationRegistry& registry, Name family)
{
    return std::ranges::any_of(
        registry.all(), [family](const OperationSpec& spec) { return spec.family == family && itemOf(spec); });
}

/// How a path fits a route: as it is written, with a value for its item, or not at all.
enum class Fit : std::uint8_t { None = 0, AsItem, AsWritten };

Fit fitOf(const RestRoute& route, std::span<const std::string> segments)
{
    const std::size_t length = 2 + (route.item ? 1 : 0) + (route.last.empty() ? 0 : 1);
    const bool fits = segments.size() == length && segments[0] == kRestRoot && segments[1] == route.collection
        && (route.last.empty() || segments.back() == route.last);
    if (!fits)
        return Fit::None;
    return route.item ? Fit::AsItem : Fit::AsWritten;
}

std::string joined(std::span<const std::string> segments)
{
    std::string path;
    for (const std::string& segment : segments)
        path.append("/").append(segment);
    return path;
}

std::string allowed(std::span<const RestRoute* const> there)
{
    std::string methods;
    for (const RestRoute* route : there)
        methods.append(methods.empty() ? "" : ", ").append(route->method);
    return methods;
}

} // namespace

std::string RestRoute::path() const
{
    std::string path = "/" + std::string{kRestRoot} + "/" + collection;
    if (item)
        path += "/{" + toCamelCase(item->name.text()).value_or("") + "}"; // a Name has one
    if (!last.empty())
        path += "/" + last;
    return path;
}

RestRoutes::RestRoutes(const OperationRegistry& registry)
{
    for (const OperationSpec& spec : registry.all()) {
        if (spec.caller == Caller::Connected)
            continue;
        const auto [method, words] = splitVerb(spec.name.text());
        const std::string_view family = spec.family.text();
        RestRoute route{.operation = &spec,
            .method = method,
            .collection = hasItems(registry, spec.family) ? pluralOf(family) : std::string{family},
            .item = itemOf(spec),
            .last = std::string{withoutFamily(words, family)}};
        m_routes.push_back(route);
        if (route.item && route.item->presence == Presence::Optional) {
            route.item = nullptr;
            m_routes.push_back(std::move(route));
        }
    }
}

RestResult<RestRoutes::Match> RestRoutes::find(std::string_view method, std::span<const std::string> segments) const
{
    std::vector<const RestRoute*> there;
    auto best = Fit::None;
    for (const RestRoute& route : m_routes) {
        const Fit fit = fitOf(route, segments);
        if (fit > best)
            there.clear(); // what stands in a route is no value of an item
        best = std::max(best, fit);
        if (fit != Fit::None && fit == best)
            there.push_back(&route);
    }
    if (there.empty()) {
        return refuse(404, ErrorCode::UnknownOperation,
            "there is nothing at '" + joined(segments) + "'; GET /api/openapi.json lists what there is");
    }
    const auto found = std::ranges::find(there, method, &RestRoute::method);
    if (found == there.end()) {
        return refuse(405, ErrorCode::UnknownOperation,
            "'" + joined(segments) + "' cannot be used by " + std::string{method} + ", only by " + allowed(there), {},
            {{"allow", allowed(there)}});
    }
    return Match{*found, (*found)->item ? segments[2] : std::string{}};
}

} // namespace weightroom::engine

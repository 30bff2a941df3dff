// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_names.h"

#include "model_engine/core/naming.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// Walks a document and brings its keys into PascalCase. `path` is that of the document, as in dataKeys.
class PascalNames {
public:
    explicit PascalNames(std::span<const std::string> dataKeys)
        : m_dataKeys(dataKeys)
    {
    }

    [[nodiscard]] Json convert(Json document, const std::string& path) const
    {
        if (document.is_array()) {
            for (Json& entry : document)
                entry = convert(std::move(entry), path);
        }
        return document.is_object() ? convertObject(std::move(document), path) : document;
    }

private:
    [[nodiscard]] Json convertObject(Json object, const std::string& path) const
    {
        const bool isData = std::ranges::find(m_dataKeys, path) != m_dataKeys.end();
        // Put together as a list: the keys are different, and ordered_json would look for each among all before it.
        Json::object_t members;
        members.reserve(object.size());
        for (auto& [key, value] : object.get_ref<Json::object_t&>()) {
            const std::string inside = path.empty() ? key : path + '.' + key;
            members.emplace_back(isData ? key : nameFor(key, RestNaming::Pascal), convert(std::move(value), inside));
        }
        return members;
    }

    std::span<const std::string> m_dataKeys;
};

} // namespace

Json withNames(Json document, RestNaming naming, std::span<const std::string> dataKeys)
{
    return naming == RestNaming::Pascal ? PascalNames{dataKeys}.convert(std::move(document), {}) : document;
}

std::string nameFor(std::string_view field, RestNaming naming)
{
    if (naming != RestNaming::Pascal)
        return std::string{field};
    return toPascalCase(field).value_or(std::string{field});
}

std::optional<std::string> fieldFrom(std::string_view name, RestNaming naming)
{
    if (naming != RestNaming::Pascal)
        return std::string{name};
    auto field = toSnakeCase(name);
    return field && toPascalCase(*field) == name ? field : std::nullopt;
}

} // namespace weightroom::engine

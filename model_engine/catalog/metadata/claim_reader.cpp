// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/claim_reader.h"

#include <algorithm>
#include <set>

namespace weightroom::engine {
namespace {

/// The paths that rules have taken.
class TakenPaths {
public:
    void add(const std::string& path) { m_paths.insert(path); }
    [[nodiscard]] bool contains(const std::string& path) const { return m_paths.contains(path); }
    [[nodiscard]] bool reachInto(const std::string& path) const
    {
        const auto below = m_paths.lower_bound(path + "/");
        return below != m_paths.end() && below->starts_with(path + "/");
    }

private:
    std::set<std::string> m_paths;
};

/// As deep as the rules go, which is a few levels.
void addUntaken(SourceClaims& claims, const Json& object, const std::string& prefix, const TakenPaths& taken,
    const std::string& source)
{
    for (const auto& [key, value] : object.items()) {
        const std::string path = prefix + key;
        if (taken.contains(path))
            continue;
        if (value.is_object() && taken.reachInto(path))
            addUntaken(claims, value, path + "/", taken, source);
        else
            addUnknown(claims, path, source, value);
    }
}

} // namespace

bool takeClaim(SourceClaims& claims, const MetadataRule& rule, const Json& value, std::string source)
{
    auto read = rule.read(value);
    if (!read)
        return false;
    if (!read->is_null() && rule.field != MetadataField::None)
        claims.claims.push_back({rule.field, std::move(*read), std::move(source), rule.authority});
    return true;
}

void addUnknown(SourceClaims& claims, std::string name, std::string source, const Json& value)
{
    if (claims.unknown.size() >= kMostUnknownFields || name.size() > kLargestUnknownValue.value) {
        ++claims.unknownLeftOut;
        return;
    }
    const Bytes size{value.is_string() ? value.get_ref<const std::string&>().size() : writeJson(value).size()};
    claims.unknown.push_back(
        {std::move(name), std::move(source), size > kLargestUnknownValue ? Json(nullptr) : value, size});
}

SourceClaims claimsFromDocument(const Json& document, const std::vector<MetadataRule>& rules, const std::string& source)
{
    SourceClaims claims;
    TakenPaths taken;
    for (const MetadataRule& rule : rules) {
        const Json* value = findValue(document, rule.path);
        if (value != nullptr && takeClaim(claims, rule, *value, source))
            taken.add(rule.path);
    }
    addUntaken(claims, document, {}, taken, source);
    return claims;
}

const Json* findValue(const Json& document, std::string_view path)
{
    const Json* value = &document;
    while (!path.empty()) {
        const std::string_view key = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(key.size() + 1, path.size()));
        if (!value->is_object())
            return nullptr;
        const auto member = value->find(key);
        if (member == value->end())
            return nullptr;
        value = &*member;
    }
    return value;
}

} // namespace weightroom::engine

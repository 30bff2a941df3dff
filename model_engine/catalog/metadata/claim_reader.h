// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/model_metadata.h"
#include "model_engine/catalog/metadata/value_readers.h"

#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Where a dialect keeps a field. Dialects are tables of these.
struct MetadataRule {
    std::string path; ///< a key, or the keys of nested objects joined by '/'
    MetadataField field = MetadataField::None; ///< None: known, and of no interest here
    ReadValue read = nullptr;
    Authority authority = Authority::None;
};

/// Adds the claim that a rule makes of a value. False when the value is not of the rule's kind.
[[nodiscard]] bool takeClaim(SourceClaims& claims, const MetadataRule& rule, const Json& value, std::string source);

/// Adds a field that no rule took, within the limits.
void addUnknown(SourceClaims& claims, std::string name, std::string source, const Json& value);

/// Reads a JSON object by a table of rules. What no rule takes, also because its type is another than the dialect says,
/// is unknown: in an object that a rule looks into, each field by itself. Every claim has the same `source`.
[[nodiscard]] SourceClaims claimsFromDocument(
    const Json& document, const std::vector<MetadataRule>& rules, const std::string& source);

/// The value at a path of keys joined by '/'; nullptr when there is none.
[[nodiscard]] const Json* findValue(const Json& document, std::string_view path);

} // namespace weightroom::engine

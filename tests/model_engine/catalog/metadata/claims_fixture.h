// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/model_metadata.h"

#include <string>
#include <utility>

namespace weightroom::test {

/// What one source says, merged: the value of a field as JSON text; "-" when nothing is said.
[[nodiscard]] inline std::string valueOf(engine::SourceClaims claims, engine::MetadataField field)
{
    const engine::ModelMetadata merged = engine::mergeClaims({std::move(claims)});
    const engine::MetadataValue* value = merged.find(field);
    return value == nullptr ? "-" : engine::writeJson(value->value);
}

/// The names of the unknown fields, each followed by a space.
[[nodiscard]] inline std::string unknownNames(const engine::SourceClaims& claims)
{
    std::string names;
    for (const engine::UnknownField& field : claims.unknown)
        names += field.name + " ";
    return names;
}

} // namespace weightroom::test

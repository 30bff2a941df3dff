// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/rest/rest_routes.h"
#include "model_engine/server/rest/rest_target.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

// From what HTTP carries to the fields of an operation, as the local socket would have got them. What a text of the
// path or the query cannot be is left a text: whether a value is right says validate(), for all doors.

/// What a field is in JSON when it is written as these texts: "5" is 5 for an integer, each text an entry of a list.
[[nodiscard]] Json valueFrom(const FieldSpec& field, std::span<const std::string> texts);

/// The fields of a GET or DELETE: from the query, and the item of the path. Refuses (400) names that are none of the
/// operation's, also that of the item, which has its place.
[[nodiscard]] RestResult<Json> fieldsFromQuery(
    const RestRoutes::Match& match, std::span<const RestTarget::Parameter> query, RestNaming naming);

/// Those of a POST: from a JSON object. Refuses likewise, and what is no JSON.
[[nodiscard]] RestResult<Json> fieldsFromBody(const RestRoutes::Match& match, std::string_view body, RestNaming naming);

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/server/rest/rest_routes.h"

#include <vector>

namespace weightroom::engine {

/// The REST door as an OpenAPI 3.1 document, made of the declarations of the operations: parameters and bodies with
/// their limits, the statuses of the declared errors, the typed error. In PascalCase all names are, and requests say so
/// by a header: a client that is generated from it speaks PascalCase.
[[nodiscard]] Json openApiDocument(const RestRoutes& routes, RestNaming naming);

/// The JSON schema of what validate() lets through for a field.
[[nodiscard]] Json schemaOf(const FieldSpec& field);

/// The statuses with which a route answers, 200 and 202 among them; in ascending order, each once. 405 is none: it is
/// the answer to a method that the document does not have.
[[nodiscard]] std::vector<unsigned> statusesOf(const RestRoute& route);

} // namespace weightroom::engine

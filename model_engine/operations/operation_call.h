// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"

#include <string_view>

namespace weightroom::engine {

/// What a request becomes before its operation is carried out. Errors: UnknownOperation; Unsupported, when the
/// operation wants its caller Connected and `client` is nobody; those of validate().
[[nodiscard]] Result<Arguments> argumentsFor(
    const OperationRegistry& registry, std::string_view operation, const Json& request, const Client& client);

/// Carries it out. An error gets to know the operation that it came from; a Quick one that throws gives Internal (jobs
/// have their own guard). `job`: nullptr for a Quick one.
[[nodiscard]] Result<Json> runOperation(const OperationSpec& spec, const Arguments& arguments, JobContext* job);

} // namespace weightroom::engine

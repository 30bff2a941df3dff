// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

#include <functional>
#include <string>

namespace weightroom::engine {

/// The fields by which a request names one model: an id of the catalogue, or a path.
[[nodiscard]] FieldSpec modelIdField();
[[nodiscard]] FieldSpec modelPathField();

/// The model that a request names by one of these fields. One of the catalogue is as the last scan saw it; what a path
/// names is looked at now, and what is wrong with it stands in its record. Errors: MissingField, InvalidValue when both
/// are given, ModelNotFound.
[[nodiscard]] Result<ModelRecordPtr> requestedModel(const EngineServices& services, const Arguments& arguments);

/// The same, with the files of a model of the catalogue looked at now: what the last scan saw may be long past.
[[nodiscard]] Result<ModelRecordPtr> requestedModelNow(const EngineServices& services, const Arguments& arguments);

/// As describeModelJob(), for operations with both fields: what is not in the catalogue has its path in the list of
/// jobs. `services` must outlive the function.
[[nodiscard]] std::function<JobDescription(const Arguments&)> describeRequestedModelJob(
    EngineServices& services, std::string operation, JobWeight weight);

} // namespace weightroom::engine

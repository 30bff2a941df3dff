// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

#include <functional>
#include <string>

namespace weightroom::engine {

/// Describes the jobs of an operation on one model, which its field "model_id" names, and on the device of "device_id":
/// in the list of jobs they stand under the model's name. `services` must outlive the function.
[[nodiscard]] std::function<JobDescription(const Arguments&)> describeModelJob(
    EngineServices& services, std::string operation, JobWeight weight);

} // namespace weightroom::engine

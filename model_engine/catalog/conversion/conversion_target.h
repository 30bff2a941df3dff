// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion.h"

namespace weightroom::engine {

/// What can be said of the target before the work begins. Errors: InvalidValue for a file that has not the name of a
/// safetensors file, and for the model itself, by whatever path; AlreadyExists; NotFound without the folder above.
[[nodiscard]] Result<> checkTarget(const ConversionRequest& request, const ModelRecord& source);

} // namespace weightroom::engine

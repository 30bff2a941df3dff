// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/architecture.h"

#include <QString>

namespace weightroom::ui {

/// "SDXL", "Flux.2", "CLIP-L": product names, the same in every language. Empty for an unknown one.
[[nodiscard]] QString architectureName(engine::Architecture architecture);

} // namespace weightroom::ui

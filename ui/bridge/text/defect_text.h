// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file_defect.h"

#include <QString>

namespace weightroom::ui {

/// What a file is that should be a model, in a sentence; empty where the sentence of its error says as much.
[[nodiscard]] QString defectText(engine::FileDefect defect);

} // namespace weightroom::ui

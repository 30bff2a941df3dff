// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/architecture.h"

#include <QList>
#include <QString>

#include <utility>

namespace weightroom::ui {

/// "SDXL", "Flux.2", "CLIP-L": product names, the same in every language. Empty for an unknown one.
[[nodiscard]] QString architectureName(engine::Architecture architecture);

/// All that can be chosen: the word of the answers ("sdxl") and the name, in the order of the names.
[[nodiscard]] QList<std::pair<QString, QString>> architectureChoices();

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <QString>

namespace weightroom::ui {

/// "Images are made", "finished images are worked on", "weights are worked on": what a domain is for; the engine's word
/// for one that is not known here.
[[nodiscard]] QString domainText(const QString& domain);

/// What sharing has come to, of model.post_model_share's answer: sentences.
[[nodiscard]] QString shareText(const engine::Json& answer, const QString& modelName);

} // namespace weightroom::ui

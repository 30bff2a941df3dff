// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/catalog/model_settings.h"
#include "ui/bridge/views/model_row.h"

namespace weightroom::ui {

/// What the window shows of a model's file.
[[nodiscard]] ModelFacts modelFacts(const engine::ModelRecord& record);

/// What the user has said about a model.
[[nodiscard]] std::shared_ptr<const ModelNotes> modelNotes(const engine::ModelSettings& settings);

/// The word of the answers and requests: "checkpoint", "diffusion-model", …
[[nodiscard]] QString kindId(ModelKind kind);
/// Unknown for a word that is none.
[[nodiscard]] ModelKind kindFromId(const QString& word);

} // namespace weightroom::ui

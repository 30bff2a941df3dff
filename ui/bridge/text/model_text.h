// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

#include <array>

namespace weightroom::ui {

// What the enumerations of the library are called in the window.

/// In the order in which people look for them; Unknown comes last.
inline constexpr std::array kModelKinds{ModelKind::Checkpoint, ModelKind::DiffusionModel, ModelKind::Lora,
    ModelKind::Controlnet, ModelKind::T2iAdapter, ModelKind::IpAdapter, ModelKind::Vae, ModelKind::TextEncoder,
    ModelKind::ClipVision, ModelKind::TextualInversion, ModelKind::Upscaler, ModelKind::Hypernetwork,
    ModelKind::MotionModule, ModelKind::Unknown};
[[nodiscard]] QString kindText(ModelKind kind);
[[nodiscard]] QString componentKindText(ComponentKind kind);
/// "Duplicates", "Misplaced", …: the heading over the models for which it holds.
[[nodiscard]] QString findingText(Finding finding);
/// What it means for one model, in a sentence.
[[nodiscard]] QString findingSentence(Finding finding);
/// The bare state, for the filter: "Cached", "Loaded".
[[nodiscard]] QString conditionText(ModelCondition condition);
/// The state of a model as its row says it: "Loaded on HOST_0", "On HOST_0 until 14:35", "Loading 42 %", "Cannot be
/// used: …". `percent` of its running job; negative when nothing is known.
[[nodiscard]] QString statusText(const ModelRow& row, int percent);
/// When devices give it back, a sentence for each; empty where it stays.
[[nodiscard]] QStringList loadedUntilTexts(const ModelStatus& status);
/// What its numbers have lost on the way to each device, a sentence for each; empty where they are as they are stored.
[[nodiscard]] QStringList conversionTexts(const ModelStatus& status);

} // namespace weightroom::ui

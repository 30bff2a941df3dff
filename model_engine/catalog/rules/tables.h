// SPDX-License-Identifier: GPL-3.0-or-later
//
// The facts come from the model definitions themselves (Stability-AI/generative-models, black-forest-labs/flux,
// diffusers, transformers, open_clip, …) and agree with what ComfyUI, InvokeAI and SwarmUI look for.
#pragma once

#include "model_engine/catalog/rules/rule.h"

#include <span>

namespace weightroom::engine {

using RuleTable = std::span<const PartRule>;

/// All tables in the order in which they are asked. Within a table the first row that holds wins, so the special
/// stands before the general; a ControlNet is asked for before the model that it is a copy of.
[[nodiscard]] std::span<const RuleTable> ruleTables();

// By family, in the order of ruleTables()
[[nodiscard]] RuleTable controlnetRules();
[[nodiscard]] RuleTable fluxRules();
[[nodiscard]] RuleTable transformerRules();
[[nodiscard]] RuleTable diffusersTransformerRules();
[[nodiscard]] RuleTable otherMediaRules(); ///< diffusion models for videos, sound and shapes
[[nodiscard]] RuleTable ldmRules();
[[nodiscard]] RuleTable diffusersUnetRules();
[[nodiscard]] RuleTable adapterRules();
[[nodiscard]] RuleTable vaeRules();
[[nodiscard]] RuleTable otherVaeRules();
[[nodiscard]] RuleTable clipRules();
[[nodiscard]] RuleTable t5Rules();
[[nodiscard]] RuleTable languageRules(); ///< language models that serve as text encoders
[[nodiscard]] RuleTable visionRules();
[[nodiscard]] RuleTable upscalerRules();
[[nodiscard]] RuleTable embeddingRules();
[[nodiscard]] RuleTable languageModelRules(); ///< and those that do not

} // namespace weightroom::engine

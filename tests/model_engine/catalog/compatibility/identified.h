// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <string>
#include <utility>
#include <vector>

namespace weightroom::test {

[[nodiscard]] inline engine::Identification identified(
    engine::ModelKind kind, engine::Architecture architecture, std::string variant = {})
{
    engine::Identification model;
    model.kind = kind;
    model.architecture = architecture;
    model.variant = std::move(variant);
    return model;
}

/// One whose structure leaves open what it belongs to.
[[nodiscard]] inline engine::Identification open(engine::ModelKind kind, std::vector<engine::Architecture> candidates)
{
    engine::Identification model = identified(kind, engine::Architecture::Unknown);
    model.candidates = std::move(candidates);
    return model;
}

/// A LoRA for one size of its base.
[[nodiscard]] inline engine::Identification loraFor(engine::Architecture architecture, std::string baseVariant)
{
    engine::Identification model = identified(engine::ModelKind::Lora, architecture, "kohya");
    model.baseVariant = std::move(baseVariant);
    return model;
}

} // namespace weightroom::test

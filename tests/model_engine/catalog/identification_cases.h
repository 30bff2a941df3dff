// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"
#include "model_engine/catalog/model_record.h"

#include <string>
#include <vector>

namespace weightroom::test {

/// A header, and what it must be identified as.
struct IdentificationCase {
    std::string name{};
    engine::Blueprint blueprint{};
    engine::ModelKind kind = engine::ModelKind::Unknown;
    engine::Architecture architecture = engine::Architecture::Unknown;
    std::string variant{};
    std::string components{}; ///< ids with spaces between
    std::string rule{}; ///< that must stand in the evidence; empty: none may
    engine::PredictionType prediction = engine::PredictionType::Unknown;
    std::string problems{}; ///< words with spaces between
    std::string candidates{}; ///< words with spaces between
    std::string baseVariant{};
};
using Cases = std::vector<IdentificationCase>;

/// Files as their authors publish them, one at least for each row of the tables.
[[nodiscard]] const Cases& knownFiles();

/// What looks like a model and is none that the tables know: no rule may hold.
[[nodiscard]] Cases unknownFiles();

// By family
[[nodiscard]] Cases fluxCases();
[[nodiscard]] Cases transformerCases();
[[nodiscard]] Cases mediaCases();
[[nodiscard]] Cases unetCases();
[[nodiscard]] Cases checkpointCases();
[[nodiscard]] Cases controlnetCases();
[[nodiscard]] Cases adapterCases();
[[nodiscard]] Cases vaeCases();
[[nodiscard]] Cases encoderCases();
[[nodiscard]] Cases languageCases();
[[nodiscard]] Cases upscalerCases();
[[nodiscard]] Cases loraCases();
[[nodiscard]] Cases fluxLoraCases();

} // namespace weightroom::test

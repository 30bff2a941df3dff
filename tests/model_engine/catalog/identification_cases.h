// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"
#include "model_engine/catalog/model_record.h"

#include <string>
#include <vector>

namespace weightroom::test {

/// A header, and what it must be identified as.
struct IdentificationCase {
    std::string name;
    engine::Blueprint blueprint;
    engine::ModelKind kind = engine::ModelKind::Unknown;
    engine::Architecture architecture = engine::Architecture::Unknown;
    std::string variant;
    std::string components; ///< ids with spaces between
    std::string rule; ///< that must stand in the evidence; empty: none may
};

/// Files as their authors publish them, one for each rule of the tables.
[[nodiscard]] std::vector<IdentificationCase> knownFiles();

/// What looks like a model and is none that the tables know: no rule may hold.
[[nodiscard]] std::vector<IdentificationCase> unknownFiles();

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/identification/header_view.h"
#include "model_engine/catalog/rules/rule.h"

#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Whether all conditions hold for the keys below `prefix`.
[[nodiscard]] bool allHold(const HeaderView& header, std::string_view prefix, const Conditions& conditions);

/// A line of evidence for each condition: the key in full and what is there.
void addEvidence(std::vector<Evidence>& evidence, std::string_view rule, const HeaderView& header,
    std::string_view prefix, const Conditions& conditions);

} // namespace weightroom::engine

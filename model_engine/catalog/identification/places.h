// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/identification/header_view.h"
#include "model_engine/catalog/rules/rule.h"

#include <array>
#include <span>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A place within a file where a part may lie.
struct Place {
    std::string keys; ///< the prefix of the keys that conditions name
    std::string owned; ///< the prefix of all tensors of the part, wrappers such as "logit_scale" included
};

/// The places of a file where something may lie, for each set of them. Made once for a file, asked for by every rule.
class PlaceTable {
public:
    explicit PlaceTable(const HeaderView& header);
    [[nodiscard]] std::span<const Place> of(PlaceSet set) const { return m_sets[static_cast<std::size_t>(set)]; }

private:
    static constexpr std::size_t kSets = static_cast<std::size_t>(PlaceSet::Language) + 1;
    std::array<std::vector<Place>, kSets> m_sets;
};

} // namespace weightroom::engine

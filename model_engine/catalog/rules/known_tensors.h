// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace weightroom::engine {

/// The names of the tensors that an architecture has, made from its blueprint. Names and not shapes: quantised weights
/// have other ones.
class KnownTensors {
public:
    enum class Membership : std::uint8_t { Unknown = 0, Required, Optional };

    /// Names that begin with one of `optional` belong to the architecture and may be missing.
    KnownTensors(const Blueprint& blueprint, std::span<const std::string_view> optional);
    KnownTensors(const KnownTensors&) = delete;
    KnownTensors& operator=(const KnownTensors&) = delete;

    [[nodiscard]] Membership membershipOf(std::string_view name) const;
    /// In the order of the blueprint.
    [[nodiscard]] const std::vector<std::string>& required() const { return m_required; }

private:
    std::vector<std::string> m_required;
    std::span<const std::string_view> m_optional; ///< lives as long as the program
    std::unordered_set<std::string_view> m_byName; ///< of m_required, which is not changed after
};

// Made when they are first asked for, and kept.
[[nodiscard]] const KnownTensors& sdUnetTensors(); ///< of SD1 and SD2: the same names
[[nodiscard]] const KnownTensors& sdxlUnetTensors();
[[nodiscard]] const KnownTensors& sdxlRefinerUnetTensors();
[[nodiscard]] const KnownTensors& sdControlnetTensors();
[[nodiscard]] const KnownTensors& sdxlControlnetTensors();
[[nodiscard]] const KnownTensors& fluxTensors();
[[nodiscard]] const KnownTensors& klF8VaeTensors();
[[nodiscard]] const KnownTensors& fluxVaeTensors();
[[nodiscard]] const KnownTensors& clipLTensors(); ///< with the names of transformers, as the next two
[[nodiscard]] const KnownTensors& clipHTensors();
[[nodiscard]] const KnownTensors& clipGTensors();
[[nodiscard]] const KnownTensors& openClipHTensors();
[[nodiscard]] const KnownTensors& openClipGTensors();
[[nodiscard]] const KnownTensors& t5XxlTensors();

} // namespace weightroom::engine

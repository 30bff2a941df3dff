// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// A value in a YAML document, with the line where it stands.
struct YamlTree {
    enum class Kind : std::uint8_t { None = 0, Text, List, Map }; ///< None: null, or nothing behind the colon

    Kind kind = Kind::None;
    std::string text; ///< of a scalar, unquoted
    std::size_t line = 0; ///< counted from 1
    std::size_t column = 0; ///< of its first character, counted from 0
    bool isFlow = false; ///< written in braces or brackets
    std::vector<YamlTree> keys; ///< of a map, in their order; a key may stand twice
    std::vector<YamlTree> values; ///< of a map, and of a list

    /// The last value of a key, as Python takes it; nullptr when there is none.
    [[nodiscard]] const YamlTree* find(std::string_view key) const;

    /// The same values in the same order, wherever they stand and however they are written.
    friend bool operator==(const YamlTree& a, const YamlTree& b);
};

/// Reads one YAML document. Aliases are written out, within a limit that keeps a kilobyte from becoming a gigabyte.
/// `file` is for errors. Errors: InvalidFormat with line and reason, also for a second document and beyond the limit.
[[nodiscard]] Result<YamlTree> readYaml(std::string_view text, const std::filesystem::path& file);

} // namespace weightroom::engine

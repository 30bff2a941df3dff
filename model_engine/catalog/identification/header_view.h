// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/tensor_index.h"

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// A header made ready for hundreds of questions about single names: a hash table instead of a sorted list, and no
/// string is built for a question. Borrows from the index, which must outlive it; not changed after it is made.
class HeaderView {
public:
    explicit HeaderView(const TensorIndex& index);

    [[nodiscard]] const TensorIndex& index() const { return m_index; }

    [[nodiscard]] const TensorEntry* find(std::string_view name) const;
    /// The tensor named `prefix` + `key`.
    [[nodiscard]] const TensorEntry* find(std::string_view prefix, std::string_view key) const;

    /// The first tensor in the order of names whose name begins with `prefix`, or nullptr. Looks at all names.
    [[nodiscard]] const TensorEntry* firstWithPrefix(std::string_view prefix) const;

    /// False when no name begins with `prefix` for certain; quick, and true now and then where there is none.
    [[nodiscard]] bool mayHave(std::string_view prefix) const;

    /// The distinct parts of names that follow `prefix` up to the next dot, sorted: {"clip_l", "t5xxl"} for
    /// "text_encoders.". No more than `most`.
    [[nodiscard]] std::vector<std::string_view> namesBelow(std::string_view prefix, std::size_t most) const;

private:
    static constexpr std::size_t kHeadBits = std::size_t{1} << 15U; ///< a LoRA of kohya has a thousand heads

    void insert(std::uint32_t number);
    void addHead(std::string_view name);

    const TensorIndex& m_index;
    std::vector<std::uint32_t> m_slots; ///< number of a tensor + 1; 0: free; at least half of them are free
    std::bitset<kHeadBits> m_heads; ///< hashes of the parts of names up to their first dot
    std::bitset<kHeadBits> m_starts; ///< hashes of the first letters of names
    std::string_view m_lastHead;
};

} // namespace weightroom::engine

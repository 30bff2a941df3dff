// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Texts that were seen; borrows them. It compares few of them: names of tensors begin alike for a hundred letters, and
/// sorting them took longer than parsing. Nobody can write a file whose names all fall into one slot: the hash has
/// another seed in each run.
class SeenKeys {
public:
    /// Room for `most` texts.
    explicit SeenKeys(std::size_t most);
    /// False when it was there already.
    [[nodiscard]] bool insert(std::string_view key);
    [[nodiscard]] bool contains(std::string_view key) const;

private:
    /// Where it is, or would be.
    [[nodiscard]] std::size_t slotOf(std::string_view key) const;

    std::vector<std::string_view> m_keys;
    std::vector<std::uint32_t> m_slots; ///< numbers of keys, counted from 1; 0: free
};

} // namespace weightroom::engine

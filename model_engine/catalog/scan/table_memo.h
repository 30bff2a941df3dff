// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/content_key.h"
#include "model_engine/catalog/model_record.h"
#include "model_engine/formats/safetensors/safetensors_text.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace weightroom::engine {

/// What the tensors of a header tell, whatever metadata stand beside them. Immutable: shared between threads.
struct TableFacts {
    ContentSum content;
    Bytes dataSize; ///< of the tensors, which follow each other without a gap
    Identification identified; ///< of identifyTensors()
};
using TableFactsPtr = std::shared_ptr<const TableFacts>;

/// Which text of tensors it is. The hash has a secret of its own in each memo, so that nobody can prepare two texts
/// with one key; two others of equal length have the same one with a probability of 2^-128. What is told of a file
/// would then be what another one is: a wrong label, since a load reads and checks the header itself.
struct TableKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::uint64_t length = 0; ///< of the text
    bool hasMetadata = false; ///< in front of it: only then it is sure that none stand in it

    friend bool operator==(const TableKey&, const TableKey&) = default;
};

/// Libraries hold many files whose tensors are described by the same bytes: all LoRAs of one trainer with one setting,
/// all checkpoints of one tool that merges. A scan parses and identifies each such text once; every further file costs
/// a hash of its header. Only texts that were found right are kept, a few KiB of facts each and never the text. Any
/// thread; bounded in bytes: when it is full it begins anew.
class TableMemo {
public:
    /// Some hundreds of texts: a library of thousands has fewer that many files share, and their facts are soon known
    /// anew.
    static constexpr Bytes kDefaultBudget = kMiB;

    explicit TableMemo(Bytes budget = kDefaultBudget);

    [[nodiscard]] TableKey keyOf(const SafetensorsParts& header) const;
    /// nullptr when it is not known.
    [[nodiscard]] TableFactsPtr find(const TableKey& key) const;
    /// Facts that would take a quarter of the budget (names may be long) are not kept.
    void insert(const TableKey& key, TableFactsPtr facts);
    [[nodiscard]] Bytes held() const;

private:
    struct HashOf {
        std::size_t operator()(const TableKey& key) const { return static_cast<std::size_t>(key.low); }
    };

    std::array<std::byte, 192> m_secret{};
    Bytes m_budget;
    mutable std::mutex m_mutex; ///< guards what follows
    std::unordered_map<TableKey, TableFactsPtr, HashOf> m_tables;
    Bytes m_held; ///< by the facts, roughly
};

} // namespace weightroom::engine

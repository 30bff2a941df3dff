// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/completeness.h"

#include "model_engine/catalog/identification/quantization.h"
#include "model_engine/catalog/rules/known_tensors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace weightroom::engine {
namespace {

/// No model is deeper; a number beyond is no block.
constexpr std::uint32_t kMostBlocks = 4096;
constexpr std::string_view kEmaCopy = "model_ema.";

void add(TensorNameList& list, std::string name)
{
    ++list.count;
    if (list.names.size() < kMostListedNames)
        list.names.push_back(std::move(name));
}

/// The number that follows `list` in a name, up to a dot: 7 in "blocks.7.attn.weight".
std::optional<std::uint32_t> numberBehind(std::string_view list, std::string_view name)
{
    if (list.empty() || !name.starts_with(list))
        return std::nullopt;
    const char* end = name.data() + name.size();
    std::uint32_t number = 0;
    const auto [stop, error] = std::from_chars(name.data() + list.size(), end, number);
    if (error != std::errc{} || stop == end || *stop != '.' || number >= kMostBlocks)
        return std::nullopt;
    return number;
}

/// One part, while the tensors of the file go by.
class PartCheck {
public:
    PartCheck(const Part& part, std::uint32_t blocks)
        : m_keys(&part.place->keys)
        , m_lists(part.rule->whole.blocks)
        , m_known(part.rule->whole.tensors == nullptr ? nullptr : &part.rule->whole.tensors())
    {
        m_lists.front().least = std::max(m_lists.front().least, blocks);
    }

    [[nodiscard]] const std::string& keys() const { return *m_keys; }

    void see(const std::string& name, Differences& differences)
    {
        const std::string_view key = std::string_view{name}.substr(m_keys->size());
        if (m_known != nullptr)
            return seeKnown(name, key, differences);
        for (std::size_t list = 0; list < m_lists.size(); ++list) {
            if (const auto number = numberBehind(m_lists[list].prefix, key))
                seeBlock(list, *number);
        }
    }

    void addMissing(const HeaderView& header, Differences& differences) const
    {
        if (m_known != nullptr)
            return addMissingTensors(header, differences);
        for (std::size_t list = 0; list < m_lists.size(); ++list)
            addMissingBlocks(m_lists[list], m_seen[list], differences);
    }

private:
    void seeKnown(const std::string& name, std::string_view key, Differences& differences)
    {
        const KnownTensors::Membership membership = m_known->membershipOf(key);
        if (membership == KnownTensors::Membership::Required)
            ++m_found;
        else if (membership == KnownTensors::Membership::Unknown && !isQuantizationMark(name))
            add(differences.extra, name);
    }

    void seeBlock(std::size_t list, std::uint32_t number)
    {
        if (m_seen[list].size() <= number)
            m_seen[list].resize(number + 1);
        m_seen[list][number] = true;
    }

    void addMissingBlocks(const BlockList& list, const std::vector<bool>& seen, Differences& differences) const
    {
        const std::size_t end = std::max<std::size_t>(seen.size(), list.least);
        for (std::size_t number = 0; number < end; ++number) {
            if (number >= seen.size() || !seen[number])
                add(differences.missing, *m_keys + std::string{list.prefix} + std::to_string(number) + ".");
        }
    }

    void addMissingTensors(const HeaderView& header, Differences& differences) const
    {
        if (m_found >= m_known->required().size())
            return;
        for (const std::string& key : m_known->required()) {
            if (header.find(*m_keys, key) == nullptr)
                add(differences.missing, *m_keys + key);
        }
    }

    const std::string* m_keys;
    std::array<BlockList, 3> m_lists;
    const KnownTensors* m_known;
    std::uint64_t m_found = 0;
    std::array<std::vector<bool>, 3> m_seen; ///< blocks of each list
};

/// The part whose place is named most exactly: a part without a prefix is not charged with what others own.
PartCheck* ownerOf(std::vector<PartCheck>& byLength, std::string_view name)
{
    if (name.starts_with(kEmaCopy))
        return nullptr;
    const auto owner =
        std::ranges::find_if(byLength, [name](const PartCheck& check) { return name.starts_with(check.keys()); });
    return owner == byLength.end() ? nullptr : &*owner;
}

} // namespace

Differences differencesOf(const HeaderView& header, std::span<const Part> parts, const VariantRule* variant)
{
    std::vector<PartCheck> checks;
    for (const Part& part : parts)
        checks.emplace_back(part, variant != nullptr && checks.empty() ? variant->blocks : 0);
    std::ranges::stable_sort(checks, std::greater{}, [](const PartCheck& check) { return check.keys().size(); });
    Differences differences;
    for (const TensorEntry& entry : header.index().tensors) {
        if (PartCheck* owner = ownerOf(checks, entry.name))
            owner->see(entry.name, differences);
    }
    for (const PartCheck& check : checks)
        check.addMissing(header, differences);
    std::ranges::sort(differences.extra.names);
    return differences;
}

} // namespace weightroom::engine

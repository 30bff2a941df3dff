// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/lora/lora_identification.h"

#include "model_engine/catalog/identification/lora/lora_layers.h"
#include "model_engine/catalog/identification/lora/lora_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace weightroom::engine {
namespace {

/// A layer as the table asks about it.
struct Layer {
    const HeaderView* header;
    LoraTensor tensor;
    const TensorEntry* entry;
    LoraTarget target = LoraTarget::Any;
    LoraFamily family = LoraFamily::Other;
    std::string_view path{}; ///< its name without what the trainer put in front, with '_' for every dot
    std::uint32_t block = 0;
    std::optional<std::uint64_t> in{};
};

/// As starts_with(): without a call for the many that differ in the first letter.
bool beginsWith(std::string_view text, std::string_view beginning)
{
    return !text.empty() && text.front() == beginning.front() && text.starts_with(beginning);
}

/// The number at the begin of a text; 0 for none.
std::uint32_t numberAt(std::string_view text)
{
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void takePrefixes(std::string_view& name, LoraTarget& target)
{
    const auto prefix = std::ranges::find_if(
        loraPrefixes(), [name](const LoraPrefix& candidate) { return beginsWith(name, candidate.text); });
    if (prefix == loraPrefixes().end())
        return;
    name.remove_prefix(prefix->text.size());
    target = std::max(target, prefix->target);
    takePrefixes(name, target);
}

bool isEncoder(LoraTarget target) { return target != LoraTarget::Any && target != LoraTarget::Cascade; }

/// `path` is a buffer that lives as long as the layer. The names of kohya have no dots.
Layer layerOf(const HeaderView& header, const LoraTensor& tensor, const TensorEntry& entry, std::string& path)
{
    Layer layer{.header = &header, .tensor = tensor, .entry = &entry};
    std::string_view name = tensor.layer;
    takePrefixes(name, layer.target);
    layer.path = name;
    if (name.find('.') != std::string_view::npos) {
        path.assign(name);
        std::ranges::replace(path, '.', '_');
        layer.path = path;
    }
    const auto family = std::ranges::find_if(loraFamilyNames(),
        [&layer](const LoraFamilyName& candidate) { return beginsWith(layer.path, candidate.beginning); });
    if (family != loraFamilyNames().end()) {
        layer.family = family->family;
        layer.block = numberAt(layer.path.substr(family->beginning.size()));
    }
    if (isEncoder(layer.target))
        layer.family = LoraFamily::TextEncoder;
    layer.in = inputOf(header, tensor, entry);
    return layer;
}

bool matchesWord(std::string_view path, std::string_view word)
{
    if (word.starts_with('$'))
        return path.ends_with(word.substr(1));
    return path.find(word) != std::string_view::npos;
}

bool matchesAny(std::string_view path, const std::array<std::string_view, 6>& words)
{
    if (words.front().empty())
        return true;
    return std::ranges::any_of(
        words, [path](std::string_view word) { return !word.empty() && matchesWord(path, word); });
}

std::uint32_t innerBlock(std::string_view path)
{
    constexpr std::string_view kMark = "transformer_blocks_";
    const std::size_t at = path.find(kMark);
    return at == std::string_view::npos ? 0 : numberAt(path.substr(at + kMark.size()));
}

bool fitsInput(const Layer& layer, const LoraRule& rule)
{
    if (rule.in != 0 && layer.in != rule.in)
        return false;
    return rule.sizes.empty() || std::ranges::find(rule.sizes, layer.in, &LoraSize::in) != rule.sizes.end();
}

bool fitsOutput(const Layer& layer, const LoraRule& rule)
{
    return rule.out == 0 || outputOf(*layer.header, layer.tensor, *layer.entry) == rule.out;
}

bool fitsPlace(const Layer& layer, const LoraRule& rule)
{
    return (rule.target == LoraTarget::Any || rule.target == layer.target) && layer.block >= rule.leastBlock;
}

/// For a row of the layer's family. What is cheap comes first: this is asked for every layer.
bool fits(const Layer& layer, const LoraRule& rule)
{
    return fitsPlace(layer, rule) && fitsInput(layer, rule) && matchesAny(layer.path, rule.anyOf)
        && (rule.contains.empty() || layer.path.find(rule.contains) != std::string_view::npos)
        && fitsOutput(layer, rule) && (rule.leastInnerBlock == 0 || innerBlock(layer.path) >= rule.leastInnerBlock);
}

using Rows = std::vector<std::size_t>;

/// The rows of the table that a layer of a family can fit, in their order.
const Rows& rowsOf(LoraFamily family)
{
    static const auto rowsByFamily = [] {
        std::array<Rows, kLoraFamilies> rows;
        for (std::size_t row = 0; row < loraRules().size(); ++row) {
            for (std::size_t of = 0; of < rows.size(); ++of) {
                const LoraFamily asked = loraRules()[row].family;
                if (asked == LoraFamily::Any || static_cast<std::size_t>(asked) == of)
                    rows[of].push_back(row);
            }
        }
        return rows;
    }();
    return rowsByFamily[static_cast<std::size_t>(family)];
}

/// What was seen so far of the layers of a file.
class LoraWalk {
public:
    explicit LoraWalk(const HeaderView& header)
        : m_header(header)
    {
    }

    void see(const TensorEntry& entry)
    {
        const LoraTensor tensor = loraTensorOf(entry.name);
        m_hasMagnitudes |= tensor.role == LoraRole::Magnitude;
        if (isLoraLayer(tensor, entry))
            seeLayer(tensor, entry);
    }

    [[nodiscard]] std::optional<LoraIdentification> result() const
    {
        if (!m_hasLayers)
            return std::nullopt;
        if (m_best == kNoRule) {
            const TensorEntry& first = firstLayer();
            return LoraIdentification{.dialect = dialect(),
                .rank = m_rank,
                .confidence = 0.5,
                .evidence = {std::string{kUnknownLoraBase}, first.name, toText(first.shape)}};
        }
        const LoraRule& rule = loraRules()[m_best];
        return LoraIdentification{.architecture = rule.architecture,
            .candidates = rule.candidates,
            .dialect = rule.dialect.empty() ? dialect() : std::string{rule.dialect},
            .baseVariant = baseVariant(rule),
            .rank = m_rank,
            .confidence = rule.confidence,
            .evidence = {std::string{rule.name}, m_entry->name, toText(m_entry->shape)},
            .problem = rule.family == LoraFamily::LanguageModel ? ModelProblem::Llm : ModelProblem::None};
    }

private:
    static constexpr std::size_t kNoRule = static_cast<std::size_t>(-1);

    void seeLayer(const LoraTensor& tensor, const TensorEntry& entry)
    {
        m_hasLayers = true;
        const bool isBoft = tensor.dialect == LoraDialect::Oft && entry.shape.rank() == 4;
        m_dialect = std::max(m_dialect, isBoft ? LoraDialect::Boft : tensor.dialect);
        const auto rank = rankOf(m_header, tensor, entry);
        m_rank = std::max(m_rank, rank);
        decide(layerOf(m_header, tensor, entry, m_path));
    }

    /// Only rows that stand higher than the best one so far can change anything; and the same one for an earlier name,
    /// so that the answer does not depend on the order of the file.
    void decide(const Layer& layer)
    {
        for (const std::size_t row : rowsOf(layer.family)) {
            if (row > m_best || (row == m_best && layer.entry->name > m_entry->name))
                return;
            if (fits(layer, loraRules()[row])) {
                m_best = row;
                m_entry = layer.entry;
                m_in = layer.in;
                return;
            }
        }
    }

    /// In the order of names; there is one.
    [[nodiscard]] const TensorEntry& firstLayer() const
    {
        const TensorEntry* first = nullptr;
        for (const TensorEntry& entry : m_header.index().tensors) {
            if (isLoraLayer(loraTensorOf(entry.name), entry) && (first == nullptr || entry.name < first->name))
                first = &entry;
        }
        return *first;
    }

    [[nodiscard]] std::string dialect() const
    {
        if (!m_hasMagnitudes)
            return std::string{toText(m_dialect)};
        const bool isPlain = m_dialect < LoraDialect::Ia3;
        return isPlain ? "dora" : std::string{toText(m_dialect)} + "-dora";
    }

    [[nodiscard]] std::string_view baseVariant(const LoraRule& rule) const
    {
        const auto size = std::ranges::find(rule.sizes, m_in, &LoraSize::in);
        return size == rule.sizes.end() ? rule.baseVariant : size->baseVariant;
    }

    const HeaderView& m_header;
    std::string m_path;
    bool m_hasLayers = false;
    std::size_t m_best = kNoRule;
    const TensorEntry* m_entry = nullptr; ///< that the best row holds for
    std::optional<std::uint64_t> m_in;
    std::optional<std::uint64_t> m_rank;
    LoraDialect m_dialect = LoraDialect::Unknown;
    bool m_hasMagnitudes = false;
};

} // namespace

std::optional<LoraIdentification> identifyLora(const HeaderView& header)
{
    LoraWalk walk{header};
    for (const TensorEntry& entry : header.index().tensors)
        walk.see(entry);
    return walk.result();
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/lora/lora_layers.h"

#include "model_engine/core/bytes.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <string>

namespace weightroom::engine {
namespace {

constexpr std::array<std::string_view, 12> kDialectNames{
    "", "full", "diffusers", "peft", "kohya", "xlabs", "ia3", "oft", "boft", "glora", "lokr", "loha"};

/// Single letters and common words are a LoRA's only with ".weight" behind them; factors of other kinds never have it.
enum class Ending : std::uint8_t { Bare = 0, Weight, Either };

struct Word {
    std::string_view word; ///< the last part of a name, or the one before ".weight" and ".default.weight"
    LoraDialect dialect;
    LoraRole role;
    Ending ending = Ending::Bare;
};

using enum LoraDialect;
using enum LoraRole;
using enum Ending;

constexpr std::array kWords{
    Word{"a1", Glora, Layer, Weight},
    Word{"a2", Glora, Companion, Weight},
    Word{"b1", Glora, Companion, Weight},
    Word{"b2", Glora, Companion, Weight},
    Word{"bm", Glora, Companion, Weight},
    Word{"up", Diffusers, Companion, Weight},
    Word{"diff", Full, Layer},
    Word{"down", Diffusers, Layer, Weight},
    Word{"alpha", Unknown, Companion},
    Word{"b_norm", Full, Companion},
    Word{"diff_b", Full, Companion},
    Word{"lora_A", Peft, Layer, Either},
    Word{"lora_B", Peft, Companion, Either},
    Word{"w_norm", Full, Layer},
    Word{"hada_t1", Loha, Companion},
    Word{"hada_t2", Loha, Companion},
    Word{"lokr_t2", Lokr, Companion},
    Word{"lokr_w1", Lokr, Layer},
    Word{"lokr_w2", Lokr, Companion},
    Word{"lora_up", Kohya, Companion, Weight},
    Word{"rescale", Oft, Companion},
    Word{"lora_mid", Kohya, Companion, Weight},
    Word{"oft_diag", Oft, Layer},
    Word{"on_input", Ia3, Layer},
    Word{"hada_w1_a", Loha, Companion},
    Word{"hada_w1_b", Loha, Layer},
    Word{"hada_w2_a", Loha, Companion},
    Word{"hada_w2_b", Loha, Companion},
    Word{"lokr_w1_a", Lokr, Companion},
    Word{"lokr_w1_b", Lokr, Layer},
    Word{"lokr_w2_a", Lokr, Companion},
    Word{"lokr_w2_b", Lokr, Companion},
    Word{"lora_down", Kohya, Layer, Weight},
    Word{"dora_scale", Unknown, Magnitude, Either},
    Word{"oft_blocks", Oft, Layer},
    Word{"set_weight", Full, Layer},
    Word{"reshape_weight", Full, Companion},
    Word{"lora_magnitude_vector", Unknown, Magnitude, Either},
};

/// Finds a word in one step: this is asked of every tensor of a file, and a binary search costs more than all the rest.
class WordTable {
public:
    WordTable()
    {
        for (const Word& word : kWords) {
            std::size_t slot = slotOf(word.word);
            while (m_slots[slot] != nullptr)
                slot = (slot + 1) % m_slots.size();
            m_slots[slot] = &word;
        }
    }

    [[nodiscard]] const Word* find(std::string_view text) const
    {
        for (std::size_t slot = slotOf(text); m_slots[slot] != nullptr; slot = (slot + 1) % m_slots.size()) {
            if (m_slots[slot]->word == text)
                return m_slots[slot];
        }
        return nullptr;
    }

private:
    [[nodiscard]] std::size_t slotOf(std::string_view text) const
    {
        return ::XXH3_64bits(text.data(), text.size()) % m_slots.size();
    }

    std::array<const Word*, 256> m_slots{}; ///< most of them free
};
static_assert(kWords.size() < 128);

/// Takes the last part off `name`, with its dot.
std::string_view takeLast(std::string_view& name)
{
    const std::size_t dot = name.rfind('.');
    const std::string_view last = name.substr(dot + 1);
    name = dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
    return last;
}

/// The names of diffusers and XLabs: what stands before "down" says that it is a LoRA.
LoraTensor olderName(LoraTensor tensor)
{
    std::string_view rest = tensor.layer;
    const std::string_view before = takeLast(rest);
    if (before == "lora" || before == "lora_linear_layer") {
        tensor.layer = rest;
        return tensor;
    }
    if (before.ends_with("_lora")) {
        tensor.layer.remove_suffix(std::string_view{"_lora"}.size());
        return tensor;
    }
    if (before.ends_with("_lora1") || before.ends_with("_lora2")) {
        tensor.dialect = Xlabs;
        return tensor;
    }
    return {};
}

const TensorEntry* partOf(const HeaderView& header, const LoraTensor& tensor, std::string_view suffix)
{
    return header.find(tensor.layer, suffix);
}

std::optional<std::uint64_t> dimension(const TensorEntry* entry, std::size_t i)
{
    return entry == nullptr ? std::nullopt : entry->shape.at(i);
}

std::optional<std::uint64_t> product(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b)
{
    return a && b ? checkedMultiply(*a, *b) : std::nullopt;
}

/// The name of the other half: "…lora_A.default.weight" and "…lora_B.default.weight".
const TensorEntry* upperHalf(const HeaderView& header, const TensorEntry& lower)
{
    struct Halves {
        std::string_view lower;
        std::string_view upper;
    };
    constexpr std::array kHalves{
        Halves{"lora_down.", "lora_up."}, Halves{"lora_A", "lora_B"}, Halves{".down.", ".up."}};
    for (const auto& [lowerWord, upperWord] : kHalves) {
        const std::size_t at = lower.name.rfind(lowerWord);
        if (at == std::string::npos)
            continue;
        std::string name = lower.name;
        name.replace(at, lowerWord.size(), upperWord);
        return header.find(name);
    }
    return nullptr;
}

/// A factor of a LoKr's product w1 ⊗ w2: whole, or itself the product of two.
const TensorEntry* lokrFactor(
    const HeaderView& header, const LoraTensor& tensor, std::string_view whole, std::string_view half)
{
    const TensorEntry* entry = partOf(header, tensor, whole);
    return entry != nullptr ? entry : partOf(header, tensor, half);
}

/// Two releases swapped the factors of GLoRA: the larger dimension is the layer's, the smaller one the rank.
std::optional<std::uint64_t> layerDimension(const Shape& shape)
{
    return shape.rank() < 2 ? std::nullopt : std::optional{std::max(shape.dimensions[0], shape.dimensions[1])};
}

std::optional<std::uint64_t> rankDimension(const Shape& shape)
{
    return shape.rank() < 2 ? std::nullopt : std::optional{std::min(shape.dimensions[0], shape.dimensions[1])};
}

std::size_t leastRank(LoraDialect dialect)
{
    switch (dialect) {
    case Ia3:
        return 0;
    case Full:
        return 1;
    case Oft:
        return 3;
    default:
        return 2;
    }
}

} // namespace

std::string_view toText(LoraDialect dialect) { return kDialectNames.at(static_cast<std::size_t>(dialect)); }

LoraTensor loraTensorOf(std::string_view name)
{
    std::string_view rest = name;
    std::string_view last = takeLast(rest);
    Ending ending = Bare;
    if (last == "weight") {
        ending = Weight;
        last = takeLast(rest);
        if (last == "default")
            last = takeLast(rest);
    }
    static const WordTable words;
    const Word* word = words.find(last);
    if (word == nullptr || (word->ending != ending && word->ending != Either))
        return {};
    const LoraTensor tensor{word->dialect, word->role, rest};
    return word->dialect == Diffusers ? olderName(tensor) : tensor;
}

bool isLoraLayer(const LoraTensor& tensor, const TensorEntry& entry)
{
    return tensor.role == Layer && entry.shape.rank() >= leastRank(tensor.dialect);
}

std::optional<std::uint64_t> inputOf(const HeaderView& header, const LoraTensor& tensor, const TensorEntry& entry)
{
    switch (tensor.dialect) {
    case Lokr:
        return product(dimension(lokrFactor(header, tensor, ".lokr_w1", ".lokr_w1_b"), 1),
            dimension(lokrFactor(header, tensor, ".lokr_w2", ".lokr_w2_b"), 1));
    case Glora:
        return layerDimension(entry.shape);
    case Ia3:
    case Oft:
        return std::nullopt;
    default:
        return entry.shape.at(1);
    }
}

std::optional<std::uint64_t> outputOf(const HeaderView& header, const LoraTensor& tensor, const TensorEntry& entry)
{
    switch (tensor.dialect) {
    case Lokr:
        return product(dimension(lokrFactor(header, tensor, ".lokr_w1", ".lokr_w1_a"), 0),
            dimension(lokrFactor(header, tensor, ".lokr_w2", ".lokr_w2_a"), 0));
    case Loha:
        return dimension(partOf(header, tensor, ".hada_w1_a"), 0);
    case Full:
        return entry.shape.at(0);
    case Glora:
    case Ia3:
    case Oft:
        return std::nullopt;
    default:
        return dimension(upperHalf(header, entry), 0);
    }
}

std::optional<std::uint64_t> rankOf(const HeaderView& header, const LoraTensor& tensor, const TensorEntry& entry)
{
    switch (tensor.dialect) {
    case Lokr:
        return dimension(partOf(header, tensor, ".lokr_w2_b"), 0);
    case Glora:
        return rankDimension(entry.shape);
    case Full:
    case Ia3:
    case Oft:
        return std::nullopt;
    default:
        return entry.shape.at(0);
    }
}

} // namespace weightroom::engine

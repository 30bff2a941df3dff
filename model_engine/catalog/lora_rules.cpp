// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/lora_rules.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace weightroom::engine {
namespace {

/// The lower half of a layer's pair: [rank, input width of the layer that it changes, …].
constexpr std::array<std::string_view, 6> kDownSuffixes{".lora_down.weight", // kohya
    ".lora_A.weight", ".lora_A.default.weight", // PEFT, and diffusers through it
    ".lora.down.weight", "_lora.down.weight", ".lora_linear_layer.down.weight"}; // older diffusers

/// One layer for each thing that a rule may ask for, the first in the order of names.
struct LoraFacts {
    const TensorEntry* any = nullptr;
    const TensorEntry* crossAttention = nullptr; ///< its input is the context: the text encoder's width
    const TensorEntry* fluxBlock = nullptr;
    const TensorEntry* textEncoder = nullptr; ///< the only one, of a base that has one
    const TensorEntry* secondTextEncoder = nullptr;
    const TensorEntry* deepUnetBlock = nullptr;
    std::uint64_t rank = 0;
};

struct LoraRule {
    std::string_view name;
    Architecture architecture;
    const TensorEntry* LoraFacts::*fact;
    std::uint64_t width; ///< of the layer's input; 0: any
    double confidence;
};

constexpr std::uint64_t kFluxWidth = 3072;

// Flux first: its LoRAs may hold a CLIP text encoder as well. Below 1: a layer that says something about the base, but
// less than the width of the cross-attention would.
constexpr std::array kLoraRules{
    LoraRule{"lora.flux_blocks", Architecture::Flux, &LoraFacts::fluxBlock, kFluxWidth, 1.0},
    LoraRule{"lora.cross_attention", Architecture::Sd1, &LoraFacts::crossAttention, 768, 1.0},
    LoraRule{"lora.cross_attention", Architecture::Sd2, &LoraFacts::crossAttention, 1024, 1.0},
    LoraRule{"lora.cross_attention", Architecture::Sdxl, &LoraFacts::crossAttention, 2048, 1.0},
    LoraRule{"lora.cross_attention", Architecture::SdxlRefiner, &LoraFacts::crossAttention, 1280, 1.0},
    LoraRule{"lora.second_text_encoder", Architecture::Sdxl, &LoraFacts::secondTextEncoder, 1280, 1.0},
    LoraRule{"lora.text_encoder", Architecture::Sd1, &LoraFacts::textEncoder, 768, 0.8},
    LoraRule{"lora.text_encoder", Architecture::Sd2, &LoraFacts::textEncoder, 1024, 0.8},
    LoraRule{"lora.deep_unet_block", Architecture::Sdxl, &LoraFacts::deepUnetBlock, 0, 0.7},
    LoraRule{"lora.unknown_base", Architecture::Unknown, &LoraFacts::any, 0, 0.5},
};

bool containsAnyOf(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::ranges::any_of(
        words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool isDownHalf(const TensorEntry& entry)
{
    return entry.shape.rank() >= 2
        && std::ranges::any_of(kDownSuffixes, [&](std::string_view suffix) { return entry.name.ends_with(suffix); });
}

bool isAny(const TensorEntry&) { return true; }

bool isCrossAttention(const TensorEntry& entry)
{
    return containsAnyOf(entry.name, {"attn2"}) && containsAnyOf(entry.name, {"to_k", "to_v"});
}

/// A layer that reads the transformer's own width: others of the same blocks read four or five times as much.
bool isFluxBlock(const TensorEntry& entry)
{
    return containsAnyOf(entry.name, {"double_blocks", "single_blocks", "single_transformer_blocks"})
        && entry.shape.at(1) == kFluxWidth;
}

/// A layer of a text encoder that reads the encoder's own width.
bool isTextLayer(const TensorEntry& entry) { return containsAnyOf(entry.name, {"self_attn", "mlp_fc1", "mlp.fc1"}); }

bool isOnlyTextEncoder(const TensorEntry& entry)
{
    return (entry.name.starts_with("lora_te_") || entry.name.starts_with("text_encoder.")) && isTextLayer(entry);
}

bool isSecondTextEncoder(const TensorEntry& entry)
{
    return (entry.name.starts_with("lora_te2_") || entry.name.starts_with("text_encoder_2.")) && isTextLayer(entry);
}

/// The transformers of SD1 and SD2 are one block deep; those of SDXL two and ten.
bool isDeepUnetBlock(const TensorEntry& entry)
{
    if (!containsAnyOf(
            entry.name, {"input_blocks", "middle_block", "output_blocks", "down_blocks", "mid_block", "up_blocks"}))
        return false;
    return std::ranges::any_of(
        std::array<std::string_view, 2>{"transformer_blocks_", "transformer_blocks."}, [&](std::string_view mark) {
            const std::size_t at = entry.name.find(mark);
            const std::size_t digit = at + mark.size();
            return at != std::string::npos && digit < entry.name.size() && entry.name[digit] >= '1'
                && entry.name[digit] <= '9';
        });
}

struct FactTest {
    const TensorEntry* LoraFacts::*fact;
    bool (*holds)(const TensorEntry&);
};

constexpr std::array kFactTests{
    FactTest{&LoraFacts::any, isAny},
    FactTest{&LoraFacts::crossAttention, isCrossAttention},
    FactTest{&LoraFacts::fluxBlock, isFluxBlock},
    FactTest{&LoraFacts::textEncoder, isOnlyTextEncoder},
    FactTest{&LoraFacts::secondTextEncoder, isSecondTextEncoder},
    FactTest{&LoraFacts::deepUnetBlock, isDeepUnetBlock},
};

LoraFacts factsOf(const TensorLookup& lookup)
{
    LoraFacts facts;
    for (const TensorEntry* entry : lookup.byName()) {
        if (!isDownHalf(*entry))
            continue;
        facts.rank = std::max(facts.rank, entry->shape.dimensions.front());
        for (const auto& [fact, holds] : kFactTests) {
            if (facts.*fact == nullptr && holds(*entry))
                facts.*fact = entry;
        }
    }
    return facts;
}

} // namespace

std::optional<LoraIdentification> identifyLora(const TensorLookup& lookup)
{
    const LoraFacts facts = factsOf(lookup);
    for (const LoraRule& rule : kLoraRules) {
        const TensorEntry* entry = facts.*rule.fact;
        if (entry != nullptr && (rule.width == 0 || entry->shape.at(1) == rule.width)) {
            return LoraIdentification{rule.architecture, facts.rank, rule.confidence,
                Evidence{std::string{rule.name}, entry->name, toText(entry->shape)}};
        }
    }
    return std::nullopt;
}

} // namespace weightroom::engine

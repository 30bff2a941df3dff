// SPDX-License-Identifier: GPL-3.0-or-later
//
// Language models. Image models use some of them as text encoders, unchanged: the file of such an encoder and that of
// the chat model are the same. So those of a family and size that image models use are text encoders, less than sure,
// and all others are language models. Whether the file has the head that chat models end in is told and does not
// decide: some encoders are published with it, and some chat models, whose head is the embedding, have none.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

constexpr double kMayBeChatModel = 0.7;

constexpr PartRule languageEncoder(std::uint32_t layers, PartRule rule)
{
    rule = textEncoder(rule);
    rule.places = PlaceSet::Language;
    rule.whole = blocks({"layers.", layers});
    rule.confidence = kMayBeChatModel;
    return rule;
}

constexpr PartRule ggufEncoder(std::uint32_t layers, PartRule rule)
{
    rule = textEncoder(rule);
    rule.places = PlaceSet::Whole;
    rule.whole = blocks({"blk.", layers});
    rule.confidence = kMayBeChatModel;
    return rule;
}

constexpr PartRule languageModel(PartRule rule)
{
    rule.componentId = "other_tensors";
    rule.places = PlaceSet::Whole;
    rule.problem = ModelProblem::Llm;
    return rule;
}

constexpr Condition kHead{"/lm_head.weight", Noted};
constexpr Condition kGgufHead{"output.weight", Noted};

// The names of transformers, below "model.": widths by norms, families by what only they have.
constexpr std::string_view kWidth = "norm.weight";
constexpr std::string_view kVocabulary = "embed_tokens.weight"; // [vocabulary, width]
constexpr std::string_view kQueryNorm = "layers.0.self_attn.q_norm.weight"; // Qwen3, Gemma 3
constexpr std::string_view kKeyBias = "layers.0.self_attn.k_proj.bias"; // Qwen2, [width of the keys]
constexpr std::string_view kFeedForwardNorm = "layers.0.post_feedforward_layernorm.weight"; // Gemma
constexpr std::string_view kGate = "layers.0.mlp.gate_proj.weight"; // mixtures of experts have none

// The names of llama.cpp
constexpr std::string_view kGgufWidth = "output_norm.weight";
constexpr std::string_view kGgufVocabulary = "token_embd.weight";
constexpr std::string_view kGgufQueryNorm = "blk.0.attn_q_norm.weight";
constexpr std::string_view kGgufKeyBias = "blk.0.attn_k.bias";
constexpr std::string_view kGgufFeedForwardNorm = "blk.0.post_ffw_norm.weight";
constexpr std::string_view kGgufGate = "blk.0.ffn_gate.weight";

constexpr std::array kMistralVariants{
    VariantRule{"24b", {{{"layers.39.input_layernorm.weight", Exists}}}},
    VariantRule{"24b-pruned", {{{"layers.39.input_layernorm.weight", Absent}}}}, // what Flux.2 reads of it
};

constexpr std::array kRules{
    languageEncoder(26,
        {.name = "gemma2.2b",
            .architecture = Architecture::Gemma2,
            .conditions = {{{kFeedForwardNorm, Exists}, {kQueryNorm, Absent}, {kWidth, Dimension0, 2304}, kHead}},
            .variant = "2b"}),
    languageEncoder(34,
        {.name = "gemma3.4b",
            .architecture = Architecture::Gemma3,
            .conditions = {{{kFeedForwardNorm, Exists}, {kQueryNorm, Exists}, {kWidth, Dimension0, 2560}, kHead}},
            .variant = "4b"}),
    languageEncoder(48,
        {.name = "gemma3.12b",
            .architecture = Architecture::Gemma3,
            .conditions = {{{kFeedForwardNorm, Exists}, {kQueryNorm, Exists}, {kWidth, Dimension0, 3840}, kHead}},
            .variant = "12b"}),
    // Without the tower that sees it may be a Qwen2.5 that only writes.
    languageEncoder(36,
        {.name = "qwen2.5_vl.3b",
            .architecture = Architecture::Qwen25Vl,
            .conditions = {{{kKeyBias, Dimension0, 256}, {kWidth, Dimension0, 2048}, {kGate, Exists},
                {"/visual.patch_embed.proj.weight", Noted}, kHead}},
            .variant = "3b"}),
    languageEncoder(28,
        {.name = "qwen2.5_vl.7b",
            .architecture = Architecture::Qwen25Vl,
            .conditions = {{{kKeyBias, Dimension0, 512}, {kWidth, Dimension0, 3584}, {kGate, Exists},
                {"/visual.patch_embed.proj.weight", Noted}, kHead}},
            .variant = "7b"}),
    languageEncoder(28,
        {.name = "qwen3.0.6b",
            .architecture = Architecture::Qwen3,
            .conditions = {{{kQueryNorm, Exists}, {kFeedForwardNorm, Absent}, {kGate, Exists},
                {kWidth, Dimension0, 1024}, kHead}},
            .variant = "0.6b"}),
    languageEncoder(28,
        {.name = "qwen3.1.7b",
            .architecture = Architecture::Qwen3,
            .conditions = {{{kQueryNorm, Exists}, {kFeedForwardNorm, Absent}, {kGate, Exists},
                {kWidth, Dimension0, 2048}, kHead}},
            .variant = "1.7b"}),
    languageEncoder(36,
        {.name = "qwen3.4b",
            .architecture = Architecture::Qwen3,
            .conditions = {{{kQueryNorm, Exists}, {kFeedForwardNorm, Absent}, {kGate, Exists},
                {kWidth, Dimension0, 2560}, kHead}},
            .variant = "4b"}),
    languageEncoder(36,
        {.name = "qwen3.8b",
            .architecture = Architecture::Qwen3,
            .conditions = {{{kQueryNorm, Exists}, {kFeedForwardNorm, Absent}, {kGate, Exists},
                {kWidth, Dimension0, 4096}, kHead}},
            .variant = "8b"}),
    // Mistral 7B has the same shapes and another vocabulary; llava's has a few words more.
    languageEncoder(32,
        {.name = "llama3.8b",
            .architecture = Architecture::Llama3,
            .conditions = {{{kWidth, Dimension0, 4096}, {kVocabulary, Dimension0, 128256}, {kKeyBias, Absent},
                {kQueryNorm, Absent}, kHead}},
            .variant = "8b"}),
    languageEncoder(32,
        {.name = "llama3.8b_llava",
            .architecture = Architecture::Llama3,
            .conditions = {{{kWidth, Dimension0, 4096}, {kVocabulary, Dimension0, 128320}, {kKeyBias, Absent},
                {kQueryNorm, Absent}, kHead}},
            .variant = "8b-llava"}),
    languageEncoder(30,
        {.name = "mistral3.24b",
            .architecture = Architecture::Mistral3,
            .conditions = {{{kWidth, Dimension0, 5120}, {kVocabulary, Dimension0, 131072}, {kKeyBias, Absent},
                {kQueryNorm, Absent}, kHead}},
            .variants = kMistralVariants}),

    ggufEncoder(26,
        {.name = "gemma2.2b.gguf",
            .architecture = Architecture::Gemma2,
            .conditions = {{{kGgufFeedForwardNorm, Exists}, {kGgufQueryNorm, Absent}, {kGgufWidth, Dimension0, 2304},
                kGgufHead}},
            .variant = "2b"}),
    ggufEncoder(34,
        {.name = "gemma3.4b.gguf",
            .architecture = Architecture::Gemma3,
            .conditions = {{{kGgufFeedForwardNorm, Exists}, {kGgufQueryNorm, Exists}, {kGgufWidth, Dimension0, 2560},
                kGgufHead}},
            .variant = "4b"}),
    ggufEncoder(48,
        {.name = "gemma3.12b.gguf",
            .architecture = Architecture::Gemma3,
            .conditions = {{{kGgufFeedForwardNorm, Exists}, {kGgufQueryNorm, Exists}, {kGgufWidth, Dimension0, 3840},
                kGgufHead}},
            .variant = "12b"}),
    ggufEncoder(36,
        {.name = "qwen2.5_vl.3b.gguf",
            .architecture = Architecture::Qwen25Vl,
            .conditions = {{{kGgufKeyBias, Dimension0, 256}, {kGgufWidth, Dimension0, 2048}, {kGgufGate, Exists},
                kGgufHead}},
            .variant = "3b"}),
    ggufEncoder(28,
        {.name = "qwen2.5_vl.7b.gguf",
            .architecture = Architecture::Qwen25Vl,
            .conditions = {{{kGgufKeyBias, Dimension0, 512}, {kGgufWidth, Dimension0, 3584}, {kGgufGate, Exists},
                kGgufHead}},
            .variant = "7b"}),
    ggufEncoder(28,
        {.name = "qwen3.0.6b.gguf",
            .architecture = Architecture::Qwen3,
            .conditions = {{{kGgufQueryNorm, Exists}, {kGgufFeedForwardNorm, Absent}, {kGgufGate, Exists},
                {kGgufWidth, Dimension0, 1024}, kGgufHead}},
            .variant = "0.6b"}),
    ggufEncoder(36,
        {.name = "qwen3.4b.gguf",
            .architecture = Architecture::Qwen3,
            .conditions = {{{kGgufQueryNorm, Exists}, {kGgufFeedForwardNorm, Absent}, {kGgufGate, Exists},
                {kGgufWidth, Dimension0, 2560}, kGgufHead}},
            .variant = "4b"}),
    ggufEncoder(36,
        {.name = "qwen3.8b.gguf",
            .architecture = Architecture::Qwen3,
            .conditions = {{{kGgufQueryNorm, Exists}, {kGgufFeedForwardNorm, Absent}, {kGgufGate, Exists},
                {kGgufWidth, Dimension0, 4096}, kGgufHead}},
            .variant = "8b"}),
    ggufEncoder(32,
        {.name = "llama3.8b.gguf",
            .architecture = Architecture::Llama3,
            .conditions = {{{kGgufWidth, Dimension0, 4096}, {kGgufVocabulary, Dimension0, 128256},
                {kGgufKeyBias, Absent}, {kGgufQueryNorm, Absent}, kGgufHead}},
            .variant = "8b"}),
    ggufEncoder(40,
        {.name = "mistral3.24b.gguf",
            .architecture = Architecture::Mistral3,
            .conditions = {{{kGgufWidth, Dimension0, 5120}, {kGgufVocabulary, Dimension0, 131072},
                {kGgufKeyBias, Absent}, {kGgufQueryNorm, Absent}, kGgufHead}},
            .variant = "24b"}),
};

constexpr std::array kModelRules{
    // Also of the later files of a model that is spread over several.
    languageModel({.name = "llm.transformers", .conditions = {{{"model.layers.", AnyBelow}}}}),
    languageModel({.name = "llm.multimodal", .conditions = {{{"model.language_model.layers.", AnyBelow}}}}),
    languageModel({.name = "llm.multimodal_old", .conditions = {{{"language_model.model.layers.", AnyBelow}}}}),
    languageModel({.name = "llm.llama_cpp", .conditions = {{{"blk.0.attn_norm.weight", Exists}, kGgufHead}}}),
    languageModel({.name = "llm.projector", .conditions = {{{"v.blk.0.ln1.weight", Exists}, {"mm.0.weight", Noted}}}}),
    languageModel({.name = "llm.gpt_2",
        .conditions = {{{"transformer.wte.weight", Exists}, {"transformer.h.0.ln_1.weight", Exists}}}}),
    languageModel({.name = "llm.gpt_neox", .conditions = {{{"gpt_neox.layers.", AnyBelow}}}}),
};

} // namespace

RuleTable languageRules() { return kRules; }

RuleTable languageModelRules() { return kModelRules; }

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
//
// T5 and its relatives. Told by norms: the newer rule of ComfyUI looks at rows instead of columns for the same reason,
// that packed weights have another last dimension.
#include "model_engine/catalog/rules/known_tensors.h"
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

constexpr std::string_view kNorm = "encoder.block.0.layer.0.layer_norm.weight"; // [width]
constexpr std::string_view kGated = "encoder.block.23.layer.1.DenseReluDense.wi_1.weight";
constexpr std::string_view kUngated = "encoder.block.23.layer.1.DenseReluDense.wi.weight";
constexpr std::string_view kDeeper = "encoder.block.24.layer.0.layer_norm.weight";
/// T5 has a table of relative positions in its first block, UMT5 in each.
constexpr std::string_view kSecondBias = "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight";

constexpr std::string_view kGgufNorm = "enc.blk.0.attn_norm.weight";
constexpr std::string_view kGgufSecondBias = "enc.blk.1.attn_rel_b.weight";

constexpr std::array kT5XlVariants{
    VariantRule{"mt5", {{{"shared.weight", Dimension0, 250112}}}},
    VariantRule{"", {}},
};

constexpr Completeness kBlocks = blocks({"encoder.block."});
constexpr Completeness kGgufBlocks = blocks({"enc.blk."});

constexpr std::array kRules{
    textEncoder({.name = "umt5_xxl",
        .architecture = Architecture::Umt5Xxl,
        .conditions = {{{kNorm, Dimension0, 4096}, {kGated, Exists}, {kSecondBias, Exists}}},
        .whole = kBlocks}),
    textEncoder({.name = "t5_xxl",
        .architecture = Architecture::T5Xxl,
        .conditions = {{{kNorm, Dimension0, 4096}, {kGated, Exists}, {kSecondBias, Absent}, {kDeeper, Absent}}},
        .whole = {.tensors = t5XxlTensors}}),
    textEncoder({.name = "t5_xxl.1.0",
        .architecture = Architecture::T5Xxl,
        .conditions = {{{kNorm, Dimension0, 1024}, {kUngated, Exists},
            {"encoder.block.0.layer.0.SelfAttention.q.weight", Dimension0, 16384}}},
        .variant = "1.0",
        .whole = kBlocks}),
    textEncoder({.name = "t5_xl",
        .architecture = Architecture::T5Xl,
        .conditions = {{{kNorm, Dimension0, 2048}, {kGated, Exists}, {kDeeper, Absent}}},
        .variants = kT5XlVariants,
        .whole = kBlocks}),
    textEncoder({.name = "t5_base",
        .architecture = Architecture::T5Base,
        .conditions = {{{kNorm, Dimension0, 768}, {"encoder.block.11.layer.0.layer_norm.weight", Exists},
            {"encoder.block.12.layer.0.layer_norm.weight", Absent}}},
        .whole = kBlocks}),
    textEncoder({.name = "byt5_small",
        .architecture = Architecture::Byt5,
        .conditions = {{{kNorm, Dimension0, 1472}, {"encoder.block.11.layer.0.layer_norm.weight", Exists}}},
        .variant = "small",
        .whole = kBlocks}),
    // The names of Wan's authors
    textEncoder({.name = "umt5_xxl.wan",
        .architecture = Architecture::Umt5Xxl,
        .conditions = {{{"token_embedding.weight", Dimension0, 256384}, {"blocks.0.norm1.weight", Dimension0, 4096},
            {"blocks.0.pos_embedding.embedding.weight", Exists}}},
        .whole = blocks({"blocks."})}),
    textEncoder({.name = "umt5_xxl.gguf",
        .architecture = Architecture::Umt5Xxl,
        .conditions = {{{kGgufNorm, Dimension0, 4096}, {"enc.blk.23.ffn_gate.weight", Exists},
            {kGgufSecondBias, Exists}}},
        .whole = kGgufBlocks}),
    textEncoder({.name = "t5_xxl.gguf",
        .architecture = Architecture::T5Xxl,
        .conditions = {{{kGgufNorm, Dimension0, 4096}, {"enc.blk.23.ffn_gate.weight", Exists},
            {kGgufSecondBias, Absent}}},
        .whole = kGgufBlocks}),
    textEncoder({.name = "t5_xl.gguf",
        .architecture = Architecture::T5Xl,
        .conditions = {{{kGgufNorm, Dimension0, 2048}, {"enc.blk.23.ffn_gate.weight", Exists}}},
        .whole = kGgufBlocks}),
};

} // namespace

RuleTable t5Rules() { return kRules; }

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/formats/gguf/block_bytes.h"

#include <span>

namespace weightroom::engine {

/// Computes the values of one block. The caller gives as many bytes as a block has and room for as many values.
using BlockDecoder = void (*)(BlockBytes block, std::span<float> out);

struct BlockDecoderRow {
    Dtype dtype;
    BlockDecoder decode;
};

// Each family of types has its file. The order of operations is that of gguf-py, so that the results are the same to
// the last bit.

/// F32, F16, BF16, and one scale for 32 numbers of 4, 5 or 8 bits: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0.
[[nodiscard]] std::span<const BlockDecoderRow> plainDecoders();
/// 256 numbers of 2 to 6 bits in groups, whose scales are quantised too: Q2_K to Q6_K.
[[nodiscard]] std::span<const BlockDecoderRow> superBlockDecoders();
/// Numbers of 4 bits that choose one of 16 levels: IQ4_NL, IQ4_XS, MXFP4, NVFP4.
[[nodiscard]] std::span<const BlockDecoderRow> levelDecoders();
/// -1, 0 or 1: TQ1_0, TQ2_0.
[[nodiscard]] std::span<const BlockDecoderRow> ternaryDecoders();
/// Numbers that choose a group of four or eight values from a codebook: IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS,
/// IQ3_S.
[[nodiscard]] std::span<const BlockDecoderRow> codebookDecoders();

/// The types that most files hold, for processors with AVX2: Q4_0, Q8_0, Q4_K, Q5_K, Q6_K. The same values to the last
/// bit (of what is no number only that it is none); empty where the processor has it not.
[[nodiscard]] std::span<const BlockDecoderRow> avx2Decoders();

} // namespace weightroom::engine

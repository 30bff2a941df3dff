// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace weightroom::engine {

// The codebooks of the IQ types, as numbers published with ggml and gguf-py under the MIT licence. An entry stands for
// eight values as digits of 2 bits or for four values as digits of 4 bits, the first value in the lowest bits. What a
// digit means is told by the levels of its type (codebook_blocks.cpp).

extern const std::array<std::uint16_t, 256> kIq2XxsCodebook;
extern const std::array<std::uint16_t, 512> kIq2XsCodebook;
extern const std::array<std::uint16_t, 1024> kIq2SCodebook;
extern const std::array<std::uint16_t, 256> kIq3XxsCodebook;
extern const std::array<std::uint16_t, 512> kIq3SCodebook;
extern const std::array<std::uint16_t, 2048> kIq1Codebook; ///< of IQ1_S and IQ1_M

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/crc32.h"

#include <array>

namespace weightroom::engine {
namespace {

constexpr std::uint32_t kPolynomial = 0xEDB88320; // bits reversed

/// What each value of a byte does to the sum.
consteval std::array<std::uint32_t, 256> makeTable()
{
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t sum = byte;
        for (int bit = 0; bit < 8; ++bit)
            sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? kPolynomial : 0U);
        table[byte] = sum;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> kTable = makeTable();

} // namespace

std::uint32_t crc32(std::string_view bytes)
{
    std::uint32_t sum = ~std::uint32_t{0};
    for (const char byte : bytes)
        sum = (sum >> 8U) ^ kTable[(sum ^ static_cast<unsigned char>(byte)) & 0xFFU];
    return ~sum;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/value_scan.h"

#include "model_engine/formats/gguf/gguf_dequantize.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace weightroom::engine {
namespace {

/// A fixed number, so that the compiler turns the loop over it into vector instructions at -O2 as well. Small enough
/// that one NaN does not make much else be looked at twice.
constexpr std::size_t kChunkBytes = 1024;

/// How numbers of one type lie in their words. Without its sign a number is the larger the larger its word is, with the
/// infinity and then the NaNs above all.
template <class Word>
struct WordFormat {
    Word magnitude; ///< all bits but the sign
    Word infinity; ///< without sign; where a type has none: as firstNan
    Word firstNan; ///< the smallest word of a NaN; 0: the type has no NaN
};

template <class Word>
Word largestMagnitude(std::span<const std::byte, kChunkBytes> chunk, Word mask)
{
    std::array<Word, kChunkBytes / sizeof(Word)> words;
    std::memcpy(words.data(), chunk.data(), kChunkBytes);
    Word largest = 0;
    for (const Word word : words)
        largest = std::max(largest, static_cast<Word>(word & mask));
    return largest;
}

/// One word after another: the rest of a block, and chunks that hold something special.
template <class Word>
void countWords(std::span<const std::byte> bytes, const WordFormat<Word>& format, ValueCounts& counts)
{
    for (std::size_t i = 0; i + sizeof(Word) <= bytes.size(); i += sizeof(Word)) {
        Word word = 0;
        std::memcpy(&word, bytes.data() + i, sizeof(Word));
        word &= format.magnitude;
        counts.isAllZero = counts.isAllZero && word == 0;
        if (format.firstNan == 0 || word < format.infinity)
            continue;
        ++(word >= format.firstNan ? counts.nan : counts.infinite);
    }
}

template <class Word>
void scanWords(std::span<const std::byte> bytes, const WordFormat<Word>& format, ValueCounts& counts)
{
    for (; bytes.size() >= kChunkBytes; bytes = bytes.subspan(kChunkBytes)) {
        const auto chunk = bytes.first<kChunkBytes>();
        const Word largest = largestMagnitude(chunk, format.magnitude);
        counts.isAllZero = counts.isAllZero && largest == 0;
        if (format.firstNan != 0 && largest >= format.infinity)
            countWords<Word>(chunk, format, counts);
    }
    countWords(bytes, format, counts);
}

constexpr WordFormat<std::uint32_t> kF32{0x7FFF'FFFF, 0x7F80'0000, 0x7F80'0001};

void scanF32(std::span<const std::byte> bytes, ValueCounts& counts) { scanWords(bytes, kF32, counts); }

void scanF64(std::span<const std::byte> bytes, ValueCounts& counts)
{
    scanWords<std::uint64_t>(bytes, {0x7FFF'FFFF'FFFF'FFFF, 0x7FF0'0000'0000'0000, 0x7FF0'0000'0000'0001}, counts);
}

void scanF16(std::span<const std::byte> bytes, ValueCounts& counts)
{
    scanWords<std::uint16_t>(bytes, {0x7FFF, 0x7C00, 0x7C01}, counts);
}

void scanBf16(std::span<const std::byte> bytes, ValueCounts& counts)
{
    scanWords<std::uint16_t>(bytes, {0x7FFF, 0x7F80, 0x7F81}, counts);
}

void scanF8E5M2(std::span<const std::byte> bytes, ValueCounts& counts)
{
    scanWords<std::uint8_t>(bytes, {0x7F, 0x7C, 0x7D}, counts);
}

void scanF8E4M3(std::span<const std::byte> bytes, ValueCounts& counts)
{
    scanWords<std::uint8_t>(bytes, {0x7F, 0x7F, 0x7F}, counts);
}

/// What would be minus zero is the only NaN.
void scanF8Fnuz(std::span<const std::byte> bytes, ValueCounts& counts)
{
    constexpr std::byte kNan{0x80};
    for (const std::byte byte : bytes) {
        counts.isAllZero = counts.isAllZero && byte == std::byte{0};
        counts.nan += byte == kNan ? 1 : 0;
    }
}

/// Powers of two: there is no zero.
void scanF8E8M0(std::span<const std::byte> bytes, ValueCounts& counts)
{
    counts.isAllZero = counts.isAllZero && bytes.empty();
    counts.nan += static_cast<std::uint64_t>(std::ranges::count(bytes, std::byte{0xFF}));
}

/// Two numbers of four bits in a byte, each with its sign on top.
void scanF4(std::span<const std::byte> bytes, ValueCounts& counts)
{
    scanWords<std::uint8_t>(bytes, {0x77, 0, 0}, counts);
}

void scanBytes(std::span<const std::byte> bytes, ValueCounts& counts)
{
    scanWords<std::uint8_t>(bytes, {0xFF, 0, 0}, counts);
}

using Scan = void (*)(std::span<const std::byte>, ValueCounts&);

struct ScanRow {
    Dtype dtype;
    Scan scan;
};

constexpr std::array kScans{
    ScanRow{Dtype::F16, scanF16},
    ScanRow{Dtype::Bf16, scanBf16},
    ScanRow{Dtype::F32, scanF32},
    ScanRow{Dtype::F64, scanF64},
    ScanRow{Dtype::C64, scanF32}, // a pair of them
    ScanRow{Dtype::F8E4M3, scanF8E4M3},
    ScanRow{Dtype::F8E5M2, scanF8E5M2},
    ScanRow{Dtype::F8E4M3Fnuz, scanF8Fnuz},
    ScanRow{Dtype::F8E5M2Fnuz, scanF8Fnuz},
    ScanRow{Dtype::F8E8M0, scanF8E8M0},
    ScanRow{Dtype::F4, scanF4},
    ScanRow{Dtype::F6E2M3, scanBytes},
    ScanRow{Dtype::F6E3M2, scanBytes},
};

/// nullptr for a type that has to be computed, and for one that cannot be.
Scan scanOf(Dtype dtype)
{
    const auto row = std::ranges::find(kScans, dtype, &ScanRow::dtype);
    if (row != kScans.end())
        return row->scan;
    return traitsOf(dtype).isFloat ? nullptr : scanBytes;
}

} // namespace

bool ValueScan::knows(Dtype dtype) { return scanOf(dtype) != nullptr || canDequantize(dtype); }

ValueScan::ValueScan(Dtype dtype)
    : m_dtype(dtype)
{
}

void ValueScan::take(std::span<const std::byte> bytes)
{
    if (const Scan scan = scanOf(m_dtype))
        scan(bytes, m_counts);
    else
        takeBlocks(bytes);
}

void ValueScan::takeBlocks(std::span<const std::byte> bytes)
{
    constexpr std::size_t kBlocksAtOnce = 64; // some 64 KiB of values, which stay in the cache
    const DtypeTraits& traits = traitsOf(m_dtype);
    const std::size_t blockSize = traits.bitsPerBlock / 8;
    m_values.resize(kBlocksAtOnce * traits.elementsPerBlock);
    while (!bytes.empty()) {
        const std::size_t blocks = std::min(kBlocksAtOnce, bytes.size() / blockSize);
        const std::span<float> values = std::span{m_values}.first(blocks * traits.elementsPerBlock);
        if (blocks == 0 || !dequantize(m_dtype, bytes.first(blocks * blockSize), values))
            return; // only bytes that are no whole blocks of a known type come here
        scanF32(std::as_bytes(values), m_counts);
        bytes = bytes.subspan(blocks * blockSize);
    }
}

} // namespace weightroom::engine

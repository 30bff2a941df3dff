// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/little_endian.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::test {

/// Numbers of ggml_type, for tests that write files.
namespace ggml {
inline constexpr std::uint32_t kF32 = 0;
inline constexpr std::uint32_t kF16 = 1;
inline constexpr std::uint32_t kQ4_0 = 2;
inline constexpr std::uint32_t kQ8_0 = 8;
inline constexpr std::uint32_t kQ4K = 12;
inline constexpr std::uint32_t kI8 = 24;
inline constexpr std::uint32_t kI64 = 27;
} // namespace ggml

/// Numbers of the types of metadata values.
namespace gguf {
inline constexpr std::uint32_t kU8 = 0;
inline constexpr std::uint32_t kI8 = 1;
inline constexpr std::uint32_t kU16 = 2;
inline constexpr std::uint32_t kI16 = 3;
inline constexpr std::uint32_t kU32 = 4;
inline constexpr std::uint32_t kI32 = 5;
inline constexpr std::uint32_t kF32 = 6;
inline constexpr std::uint32_t kBool = 7;
inline constexpr std::uint32_t kText = 8;
inline constexpr std::uint32_t kList = 9;
inline constexpr std::uint32_t kU64 = 10;
inline constexpr std::uint32_t kI64 = 11;
inline constexpr std::uint32_t kF64 = 12;
} // namespace gguf

/// A text as GGUF writes it: 8 bytes of length in front.
[[nodiscard]] std::string ggufText(std::string_view text);
/// A list as the value of a pair: its own type, the type of its values and their number in front of `values`.
[[nodiscard]] std::string ggufList(std::uint32_t type, std::uint64_t count, std::string_view values);

/// Builds GGUF files in memory, valid ones and broken ones. It knows nothing of the engine's tables on purpose: a
/// mistake in one does not hide the same mistake in the other.
///
///     GgufBuilder().text("general.architecture", "flux").tensor("a.weight", ggml::kF16, { 8, 4 }).build()
class GgufBuilder {
public:
    GgufBuilder& version(std::uint32_t version);
    /// The numbers of tensors and pairs as the header claims them, whatever there is.
    GgufBuilder& claim(std::uint64_t tensors, std::uint64_t pairs);

    GgufBuilder& text(std::string_view key, std::string_view value);
    GgufBuilder& number(std::string_view key, std::uint32_t type, std::uint64_t value, std::size_t size);
    /// A pair whose type and value are bytes of their own.
    GgufBuilder& pair(std::string_view key, std::string_view typeAndValue);
    /// Bytes in place of a pair; counted as one.
    GgufBuilder& rawPair(std::string_view bytes);
    /// Adds the key and places tensors accordingly; before the first tensor.
    GgufBuilder& alignment(std::uint32_t alignment);
    /// Places tensors by an alignment that the file does not tell.
    GgufBuilder& placeBy(std::uint64_t alignment);

    /// A tensor behind all that were added before, with its padding; its bytes are tensorPattern(name, size).
    /// `dimensions` are in the order of the file, innermost first. `type` must be one of those in `ggml`.
    GgufBuilder& tensor(std::string_view name, std::uint32_t type, const std::vector<std::uint64_t>& dimensions);
    /// A description with any type, dimensions and offset; adds no data.
    GgufBuilder& info(
        std::string_view name, std::uint32_t type, const std::vector<std::uint64_t>& dimensions, std::uint64_t offset);
    /// Bytes in place of a description; counted as one.
    GgufBuilder& rawInfo(std::string_view bytes);
    /// More bytes behind the tensors' data.
    GgufBuilder& data(std::string_view bytes);

    [[nodiscard]] std::string header() const; ///< without the padding before the data
    [[nodiscard]] std::string build() const; ///< the whole file; the last tensor is padded too
    [[nodiscard]] std::string buildUnpadded() const; ///< the same, up to the last byte of the last tensor

private:
    std::uint32_t m_version = 3;
    std::string m_claimedCounts;
    std::uint64_t m_alignment = 32;
    std::uint64_t m_pairCount = 0;
    std::uint64_t m_tensorCount = 0;
    std::string m_pairs;
    std::string m_infos;
    std::string m_data;
};

/// A small valid file with values and lists, several types, an empty tensor and a scalar: what truncation tests cut.
[[nodiscard]] GgufBuilder smallGguf();

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::test {

/// Builds safetensors files in memory, valid ones and broken ones. It is written apart from the engine's writer on
/// purpose: a mistake in one does not hide the same mistake in the other.
///
///     SafetensorsBuilder().metadata("format", "pt").tensor("a.weight", "F16", { 4, 8 }).build()
class SafetensorsBuilder {
public:
    /// A tensor behind all that were added before; its bytes are tensorPattern(name, size). `dtype` must be one of the
    /// whole-byte types of safetensors, for which the builder knows the size.
    SafetensorsBuilder& tensor(std::string_view name, std::string_view dtype, const std::vector<std::uint64_t>& shape);
    /// An entry with any type, shape and offsets; adds no data.
    SafetensorsBuilder& entry(std::string_view name, std::string_view dtype, const std::vector<std::uint64_t>& shape,
        std::uint64_t begin, std::uint64_t end);
    /// A member of the header as JSON text, "\"x\": 5", to write what the other functions cannot.
    SafetensorsBuilder& rawMember(std::string_view json);
    SafetensorsBuilder& metadata(std::string_view key, std::string_view value);
    /// More bytes behind the tensors' data.
    SafetensorsBuilder& data(std::string_view bytes);

    [[nodiscard]] std::string header() const; ///< the JSON text
    [[nodiscard]] std::string build() const; ///< the whole file

private:
    std::vector<std::string> m_members;
    std::string m_metadata;
    std::string m_data;
};

/// Length field, header, data.
[[nodiscard]] std::string safetensorsFile(std::string_view header, std::string_view data = {});
/// The same with a length field that may lie.
[[nodiscard]] std::string safetensorsFile(std::uint64_t claimedLength, std::string_view header, std::string_view data);

/// The bytes that the builder gives to a tensor: they depend on the name and on the position, so that a tensor that was
/// read from the wrong place or under the wrong name differs.
[[nodiscard]] std::string tensorPattern(std::string_view name, std::size_t size);

/// A JSON string with quotes; escapes what JSON demands and leaves all other bytes, invalid UTF-8 too, as they are.
[[nodiscard]] std::string jsonString(std::string_view text);

/// A small valid file with several types, an empty tensor, a scalar and metadata: what truncation tests cut.
[[nodiscard]] std::string smallSafetensorsFile();

} // namespace weightroom::test

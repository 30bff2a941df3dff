// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/little_endian.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::test {

enum class ZipListing : std::uint8_t { Once = 0, Twice, Hidden };
enum class ZipDescriptor : std::uint8_t { None = 0, Short, ShortWithMark, Long, LongWithMark };

/// One entry of an archive with all that it may say wrong. What is not set is right.
struct ZipItem {
    std::string name{};
    std::string content{};
    std::uint16_t flags = 0x0808; ///< as torch.save: sizes behind the data, names in UTF-8
    std::uint16_t method = 0;
    ZipDescriptor descriptor = ZipDescriptor::ShortWithMark;
    std::uint32_t attributes = 0; ///< in the directory
    std::string localExtra{}; ///< not set: filled so that the content begins at a multiple of 64, as torch.save does
    std::string centralExtra{};
    std::string behind{}; ///< bytes of no entry, behind it
    ZipListing listing = ZipListing::Once;

    std::optional<std::uint32_t> crc{}; ///< wherever it stands
    std::optional<std::uint32_t> size{}; ///< both sizes in the directory
    std::optional<std::uint32_t> unpackedSize{}; ///< in the directory
    std::optional<std::uint32_t> headerBegin{}; ///< in the directory
    std::optional<std::string> localName{};
    std::optional<std::uint16_t> localFlags{};
    std::optional<std::uint16_t> localMethod{};
    std::optional<std::uint32_t> localCrc{};
    std::optional<std::uint32_t> localSize{};
    std::optional<std::uint32_t> descriptorCrc{};
    std::optional<std::uint32_t> descriptorSize{};
};

/// The end records, with all that they may say wrong.
struct ZipEnd {
    std::string comment{};
    std::string behind{}; ///< bytes behind the comment
    std::string beforeDirectory{};
    std::string behindDirectory{};
    bool hasZip64 = true; ///< torch.save always writes these records
    std::optional<std::uint16_t> commentLength{};
    std::optional<std::uint16_t> disk{};
    std::optional<std::uint16_t> entries{};
    std::optional<std::uint32_t> directorySize{};
    std::optional<std::uint32_t> directoryBegin{};
    std::optional<std::uint64_t> entries64{};
    std::optional<std::uint64_t> directorySize64{};
    std::optional<std::uint64_t> directoryBegin64{};
    std::optional<std::uint64_t> recordSize64{};
    std::optional<std::uint64_t> locator{};
    std::optional<std::uint32_t> disks{};
};

/// Builds zip archives in memory, right ones as torch.save writes them and wrong ones. It has nothing in common with
/// the engine's reader, not even the checksum.
class ZipBuilder {
public:
    /// An entry as torch.save writes it.
    ZipBuilder& add(std::string_view name, std::string_view content);
    /// An entry of any kind.
    ZipBuilder& item(ZipItem item);
    ZipBuilder& end(ZipEnd end);

    [[nodiscard]] std::string build() const;

private:
    std::vector<ZipItem> m_items;
    ZipEnd m_end;
};

/// CRC-32, bit by bit.
[[nodiscard]] std::uint32_t slowCrc32(std::string_view bytes);

} // namespace weightroom::test

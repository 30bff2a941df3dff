// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weightroom::engine {

//   | header a | data a | descriptor? | header b | data b | … | directory | zip64 records? | end record | comment |
//   0                                                         begin

/// One file in a zip archive, as the archive's directory describes it.
struct ZipEntry {
    std::string name; ///< bytes as they stand there
    std::uint16_t flags = 0;
    std::uint16_t method = 0; ///< 0: stored as it is
    std::uint32_t crc = 0;
    std::uint32_t attributes = 0; ///< of the file system that it came from
    Bytes storedSize; ///< in the archive
    Bytes size; ///< unpacked
    std::uint64_t headerBegin = 0; ///< of the local header
    ByteRange data; ///< empty until locateZipEntries() has set it
};

/// The directory of a zip archive.
struct ZipDirectory {
    std::vector<ZipEntry> entries; ///< in the order of the directory
    std::uint64_t begin = 0; ///< in the file; what lies before belongs to the entries

    /// The entry of this name, or nullptr; goes through all of them.
    [[nodiscard]] const ZipEntry* find(std::string_view name) const;
};

/// The most entries that an archive may have; torch.save writes one for each tensor.
inline constexpr std::uint64_t kMostZipEntries = 65'536;
/// The largest directory that is read: twice what 65,536 entries of torch.save take.
inline constexpr Bytes kMaxZipDirectory = kMiB * 16;

/// Reads the end records and the directory; nothing of an entry is read or believed yet. The archive ends with the
/// file: nothing lies behind the comment, and the directory fills exactly the room between the entries and the end
/// records. 32-bit and 64-bit records must say the same.
/// Errors: FileTruncated without an end record, InvalidFormat, HeaderTooLarge, those of the source.
[[nodiscard]] Result<ZipDirectory> readZipDirectory(const ByteSource& source);

} // namespace weightroom::engine

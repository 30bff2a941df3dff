// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/zip_entries.h"

#include "model_engine/core/utf8.h"
#include "model_engine/formats/little_endian.h"
#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/torch/crc32.h"
#include "model_engine/formats/torch/zip_extra.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace weightroom::engine {
namespace {

using namespace std::string_view_literals;

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

template <class T>
constexpr auto at = littleEndianAt<T>;

namespace local {
constexpr std::string_view kMark = "PK\x03\x04"sv;
constexpr std::size_t kSize = 30;
constexpr std::size_t kFlags = 6;
constexpr std::size_t kMethod = 8;
constexpr std::size_t kCrc = 14;
constexpr std::size_t kStoredSize = 18;
constexpr std::size_t kUnpackedSize = 22;
constexpr std::size_t kNameLength = 26;
constexpr std::size_t kExtraLength = 28;
} // namespace local
constexpr std::string_view kDescriptorMark = "PK\x07\x08"sv;

constexpr U16 kEncrypted = 0x0001;
constexpr U16 kStrongEncryption = 0x0040;
constexpr U16 kHiddenHeader = 0x2000;
constexpr U16 kHasDescriptor = 0x0008;
constexpr U16 kUtf8Name = 0x0800;
constexpr U16 kDeflateLevel = 0x0006; ///< means nothing for what is stored as it is
constexpr U16 kKnownFlags = kHasDescriptor | kUtf8Name | kDeflateLevel;

tl::unexpected<Error> refuse(ErrorCode code, const ZipEntry& entry, const std::string& detail)
{
    return fail(code, "the entry " + quotedName(entry.name) + " of the zip archive " + detail);
}

tl::unexpected<Error> invalid(const ZipEntry& entry, const std::string& detail)
{
    return refuse(ErrorCode::InvalidFormat, entry, detail);
}

bool isPlainComponent(std::string_view component)
{
    return !component.empty() && component != "." && component != "..";
}

/// "a/b/c", or "a/b/" for a folder: nothing that two programs could take for two different paths.
bool isPlainPath(std::string_view path)
{
    const auto isOdd = [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '\\'; };
    if (std::ranges::any_of(path, isOdd))
        return false;
    if (path.ends_with('/'))
        path.remove_suffix(1);
    while (true) {
        const std::size_t slash = path.find('/');
        if (!isPlainComponent(path.substr(0, slash)))
            return false;
        if (slash == std::string_view::npos)
            return true;
        path.remove_prefix(slash + 1);
    }
}

/// How an entry is compared with others: the reference library ignores the case of names.
std::string folded(std::string_view path)
{
    if (path.ends_with('/'))
        path.remove_suffix(1);
    return lowerCase(std::string{path});
}

Result<> checkNames(const std::vector<ZipEntry>& entries)
{
    std::unordered_set<std::string> names;
    names.reserve(entries.size());
    for (const ZipEntry& entry : entries) {
        if (!isPlainPath(entry.name))
            return invalid(entry, "has a name that is not a plain path");
        if (!names.insert(folded(entry.name)).second)
            return invalid(entry, "stands there twice");
    }
    return {};
}

/// By name, or by the mark that the reference library goes by, which then reads zeros.
bool isFolder(const ZipEntry& entry)
{
    constexpr U32 kFolderOfDos = 0x10;
    return entry.name.ends_with('/') || (entry.attributes & kFolderOfDos) != 0;
}

/// What can be told from the directory alone.
Result<> checkKind(const ZipEntry& entry)
{
    if ((entry.flags & (kEncrypted | kStrongEncryption | kHiddenHeader)) != 0)
        return refuse(ErrorCode::Unsupported, entry, "is encrypted");
    if (entry.method != 0) {
        return refuse(ErrorCode::Unsupported, entry,
            "is compressed (method " + std::to_string(entry.method) + "); torch.save stores its entries as they are");
    }
    if ((entry.flags & ~kKnownFlags) != 0)
        return invalid(entry, "has the flags " + std::to_string(entry.flags) + ", which are not known");
    if (isFolder(entry) && (entry.size > Bytes{} || !entry.name.ends_with('/')))
        return invalid(entry, "is marked as a folder and is none");
    if (entry.storedSize != entry.size)
        return invalid(entry,
            "is stored as it is, but has " + toExactText(entry.storedSize) + " in the archive and "
                + std::to_string(entry.size.value) + " outside");
    return {};
}

/// A number of a local header may stand behind the data instead, when the flags say so.
bool agrees(U64 localNumber, U64 number, const ZipEntry& entry)
{
    return localNumber == number || (localNumber == 0 && (entry.flags & kHasDescriptor) != 0);
}

/// The sizes of a local header, or of the zip64 field that it refers to.
Result<bool> sizesAgree(std::string_view header, std::string_view extras, const ZipEntry& entry)
{
    const U32 stored = at<U32>(header, local::kStoredSize);
    const U32 unpacked = at<U32>(header, local::kUnpackedSize);
    if (stored != kSeeZip64)
        return agrees(stored, entry.storedSize.value, entry) && agrees(unpacked, entry.size.value, entry);
    const auto zip64 = findZip64Extra(extras);
    if (!zip64)
        return invalid(entry, zip64.error().detail);
    return unpacked == kSeeZip64 && *zip64 && (*zip64)->size() >= 2 * sizeof(U64)
        && agrees(at<U64>(**zip64, 0), entry.size.value, entry)
        && agrees(at<U64>(**zip64, sizeof(U64)), entry.storedSize.value, entry);
}

Result<> compareHeader(std::string_view header, std::string_view extras, const ZipEntry& entry)
{
    if (!header.starts_with(local::kMark))
        return invalid(entry, "has no header where the directory says");
    if (header.substr(local::kSize) != entry.name)
        return invalid(entry, "has another name in its own header: " + quotedName(header.substr(local::kSize)));
    if (at<U16>(header, local::kFlags) != entry.flags || at<U16>(header, local::kMethod) != entry.method)
        return invalid(entry, "has other flags or another method in its own header than in the directory");
    if (!agrees(at<U32>(header, local::kCrc), entry.crc, entry))
        return invalid(entry, "has another checksum in its own header than in the directory");
    const auto sizes = sizesAgree(header, extras, entry);
    if (!sizes)
        return fail(sizes.error());
    if (!*sizes)
        return invalid(entry, "has other sizes in its own header than in the directory");
    return {};
}

/// The data descriptor: checksum and sizes once more, behind the data.
struct Descriptor {
    U32 crc = 0;
    U64 stored = 0;
    U64 unpacked = 0;
};

/// Its sizes have 4 bytes or, for large entries, 8; a mark stands in front or does not.
std::optional<Descriptor> readDescriptor(std::string_view bytes)
{
    constexpr std::size_t kShort = 12;
    constexpr std::size_t kLong = 20;
    if (bytes.size() == kDescriptorMark.size() + kShort || bytes.size() == kDescriptorMark.size() + kLong) {
        if (!bytes.starts_with(kDescriptorMark))
            return std::nullopt;
        bytes.remove_prefix(kDescriptorMark.size());
    }
    if (bytes.size() == kShort)
        return Descriptor{at<U32>(bytes, 0), at<U32>(bytes, 4), at<U32>(bytes, 8)};
    if (bytes.size() == kLong)
        return Descriptor{at<U32>(bytes, 0), at<U64>(bytes, 4), at<U64>(bytes, 12)};
    return std::nullopt;
}

/// Walks from entry to entry in the order of the file.
class EntryLocator {
public:
    EntryLocator(const ByteSource& source, U64 end)
        : m_source(source)
        , m_end(end)
    {
    }

    /// `next`: where the next entry's header, or the directory, begins.
    Result<> locate(ZipEntry& entry, U64 next)
    {
        if (entry.headerBegin != m_position) {
            return invalid(entry,
                "begins at " + std::to_string(entry.headerBegin) + ", what lies before it ends at "
                    + std::to_string(m_position) + (entry.headerBegin < m_position ? ": an overlap" : ": a gap"));
        }
        if (auto read = readHeader(entry); !read)
            return read;
        if (next < m_position)
            return invalid(entry, "reaches into what lies behind it: an overlap");
        if ((entry.flags & kHasDescriptor) != 0) {
            if (auto read = passDescriptor(entry, next - m_position); !read)
                return read;
        }
        return {};
    }

    /// Behind the last entry.
    Result<> finish() const
    {
        if (m_position != m_end)
            return fail(ErrorCode::InvalidFormat,
                toExactText(Bytes{m_end - m_position}) + " of no entry lie before the directory of the zip archive");
        return {};
    }

private:
    Result<std::string> read(const ZipEntry& entry, U64 length) const
    {
        if (length > m_end - m_position)
            return invalid(entry, "reaches into the directory");
        std::string bytes(length, '\0');
        if (auto read = m_source.readAt(m_position, std::as_writable_bytes(std::span{bytes})); !read)
            return fail(std::move(read).error());
        return bytes;
    }

    /// Moves to the end of the data.
    Result<> readHeader(ZipEntry& entry)
    {
        const auto header = read(entry, local::kSize + entry.name.size());
        if (!header)
            return fail(header.error());
        if (at<U16>(*header, local::kNameLength) != entry.name.size())
            return invalid(entry, "has a name of another length in its own header");
        m_position += header->size();
        const U64 extraLength = at<U16>(*header, local::kExtraLength);
        const bool refersToZip64 = at<U32>(*header, local::kStoredSize) == kSeeZip64;
        const auto extras = read(entry, refersToZip64 ? extraLength : 0);
        if (!extras)
            return fail(extras.error());
        if (auto same = compareHeader(*header, *extras, entry); !same)
            return same;
        if (extraLength > m_end - m_position || entry.size.value > m_end - m_position - extraLength)
            return invalid(entry, "has " + toExactText(entry.size) + ", more than there are");
        m_position += extraLength;
        entry.data = {m_position, entry.size};
        m_position += entry.size.value;
        return {};
    }

    Result<> passDescriptor(const ZipEntry& entry, U64 length)
    {
        constexpr U64 kLongest = 24;
        if (length > kLongest)
            return invalid(entry, "is followed by " + toExactText(Bytes{length}) + " of no entry: a gap");
        const auto bytes = read(entry, length);
        if (!bytes)
            return fail(bytes.error());
        const auto descriptor = readDescriptor(*bytes);
        if (!descriptor)
            return invalid(entry, "is followed by bytes that are no data descriptor");
        if (descriptor->crc != entry.crc || descriptor->stored != entry.storedSize.value
            || descriptor->unpacked != entry.size.value)
            return invalid(entry, "has another checksum or size behind its data than in the directory");
        m_position += length;
        return {};
    }

    const ByteSource& m_source;
    U64 m_end;
    U64 m_position = 0;
};

std::vector<ZipEntry*> byPosition(std::vector<ZipEntry>& entries)
{
    std::vector<ZipEntry*> sorted;
    sorted.reserve(entries.size());
    for (ZipEntry& entry : entries)
        sorted.push_back(&entry);
    std::ranges::stable_sort(sorted, {}, &ZipEntry::headerBegin);
    return sorted;
}

} // namespace

Result<> locateZipEntries(const ByteSource& source, ZipDirectory& directory)
{
    if (auto names = checkNames(directory.entries); !names)
        return names;
    for (const ZipEntry& entry : directory.entries) {
        if (auto kind = checkKind(entry); !kind)
            return kind;
    }
    const std::vector<ZipEntry*> sorted = byPosition(directory.entries);
    EntryLocator locator{source, directory.begin};
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const U64 next = i + 1 < sorted.size() ? sorted[i + 1]->headerBegin : directory.begin;
        if (auto located = locator.locate(*sorted[i], next); !located)
            return located;
    }
    return locator.finish();
}

Result<std::string> readZipEntry(const ByteSource& source, const ZipEntry& entry)
{
    std::string content(entry.data.size.value, '\0');
    if (auto read = source.readAt(entry.data.begin, std::as_writable_bytes(std::span{content})); !read)
        return fail(std::move(read).error());
    if (const U32 sum = crc32(content); sum != entry.crc) {
        return invalid(entry,
            "has the checksum " + std::to_string(sum) + ", the directory says " + std::to_string(entry.crc)
                + (entry.crc == 0 ? " (it was saved without checksums, or is damaged)" : ""));
    }
    return content;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/zip_builder.h"

#include <algorithm>

namespace weightroom::test {
namespace {

constexpr std::uint64_t kAlignment = 64;

std::string u16(std::uint64_t number) { return littleEndian(number, 2); }
std::string u32(std::uint64_t number) { return littleEndian(number, 4); }
std::string u64(std::uint64_t number) { return littleEndian(number, 8); }

std::uint32_t crcOf(const ZipItem& item) { return item.crc ? *item.crc : slowCrc32(item.content); }

/// The field "FB" that torch.save fills up with.
std::string paddingFor(std::uint64_t contentBegin)
{
    const std::uint64_t length = kAlignment - (contentBegin + 4) % kAlignment;
    return "FB" + u16(length) + std::string(length, 'Z');
}

std::string localHeader(const ZipItem& item, std::uint64_t begin)
{
    const bool isBehind = (item.flags & 8U) != 0;
    const std::string name = item.localName.value_or(item.name);
    const std::string extra = item.localExtra.empty() ? paddingFor(begin + 30 + name.size()) : item.localExtra;
    const std::uint64_t size = item.localSize.value_or(isBehind ? 0 : static_cast<std::uint32_t>(item.content.size()));
    return "PK\x03\x04" + u16(0) + u16(item.localFlags.value_or(item.flags))
        + u16(item.localMethod.value_or(item.method)) + u32(0) + u32(item.localCrc.value_or(isBehind ? 0 : crcOf(item)))
        + u32(size) + u32(size) + u16(name.size()) + u16(extra.size()) + name + extra;
}

std::string descriptorOf(const ZipItem& item)
{
    if ((item.flags & 8U) == 0 || item.descriptor == ZipDescriptor::None)
        return {};
    const bool isLong = item.descriptor == ZipDescriptor::Long || item.descriptor == ZipDescriptor::LongWithMark;
    const bool hasMark =
        item.descriptor == ZipDescriptor::ShortWithMark || item.descriptor == ZipDescriptor::LongWithMark;
    const std::uint64_t size = item.descriptorSize.value_or(static_cast<std::uint32_t>(item.content.size()));
    const unsigned width = isLong ? 8 : 4;
    return (hasMark ? "PK\x07\x08" : "") + u32(item.descriptorCrc.value_or(crcOf(item))) + littleEndian(size, width)
        + littleEndian(size, width);
}

std::string centralRecord(const ZipItem& item, std::uint64_t begin)
{
    const auto size = static_cast<std::uint32_t>(item.content.size());
    return "PK\x01\x02" + u16(0) + u16(0) + u16(item.flags) + u16(item.method) + u32(0) + u32(crcOf(item))
        + u32(item.size.value_or(size)) + u32(item.unpackedSize.value_or(item.size.value_or(size)))
        + u16(item.name.size()) + u16(item.centralExtra.size()) + u16(0) + u16(0) + u16(0) + u32(item.attributes)
        + u32(item.headerBegin.value_or(static_cast<std::uint32_t>(begin))) + item.name + item.centralExtra;
}

std::string zip64Records(const ZipEnd& end, std::uint64_t entries, std::uint64_t begin, std::uint64_t size)
{
    const std::uint64_t count = end.entries64.value_or(entries);
    const std::uint64_t recordBegin = begin + size + end.behindDirectory.size();
    return "PK\x06\x06" + u64(end.recordSize64.value_or(44)) + u16(45) + u16(45) + u32(0) + u32(0) + u64(count)
        + u64(count) + u64(end.directorySize64.value_or(size)) + u64(end.directoryBegin64.value_or(begin))
        + "PK\x06\x07" + u32(0) + u64(end.locator.value_or(recordBegin)) + u32(end.disks.value_or(1));
}

std::string endRecord(const ZipEnd& end, std::uint64_t entries, std::uint64_t begin, std::uint64_t size)
{
    const std::uint64_t count =
        end.entries.value_or(static_cast<std::uint16_t>(std::min<std::uint64_t>(entries, 0xFFFF)));
    return "PK\x05\x06" + u16(end.disk.value_or(0)) + u16(0) + u16(count) + u16(count)
        + u32(end.directorySize.value_or(static_cast<std::uint32_t>(size)))
        + u32(end.directoryBegin.value_or(static_cast<std::uint32_t>(begin)))
        + u16(end.commentLength.value_or(static_cast<std::uint16_t>(end.comment.size()))) + end.comment + end.behind;
}

} // namespace

ZipBuilder& ZipBuilder::add(std::string_view name, std::string_view content)
{
    ZipItem item{.name = std::string{name}, .content = std::string{content}};
    if (content.empty())
        item.flags = 0x0800;
    return this->item(std::move(item));
}

ZipBuilder& ZipBuilder::item(ZipItem item)
{
    m_items.push_back(std::move(item));
    return *this;
}

ZipBuilder& ZipBuilder::end(ZipEnd end)
{
    m_end = std::move(end);
    return *this;
}

std::string ZipBuilder::build() const
{
    std::string file;
    std::string directory;
    std::uint64_t entries = 0;
    for (const ZipItem& item : m_items) {
        const std::string record = centralRecord(item, file.size());
        const int times = item.listing == ZipListing::Hidden ? 0 : item.listing == ZipListing::Twice ? 2 : 1;
        for (int i = 0; i < times; ++i, ++entries)
            directory += record;
        file += localHeader(item, file.size());
        file += item.content;
        file += descriptorOf(item);
        file += item.behind;
    }
    file += m_end.beforeDirectory;
    const std::uint64_t begin = file.size();
    file += directory;
    file += m_end.behindDirectory;
    if (m_end.hasZip64)
        file += zip64Records(m_end, entries, begin, directory.size());
    return file + endRecord(m_end, entries, begin, directory.size());
}

std::uint32_t slowCrc32(std::string_view bytes)
{
    std::uint32_t sum = 0xFFFFFFFF;
    for (const char byte : bytes) {
        sum ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            sum = (sum & 1U) != 0 ? (sum >> 1U) ^ 0xEDB88320U : sum >> 1U;
    }
    return ~sum;
}

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/broken_torch_files.h"

#include "tests/support/torch_archive_builder.h"

namespace weightroom::test {
namespace {

using Code = engine::ErrorCode;
using Files = std::vector<BrokenFile>;
using namespace std::string_literals;

constexpr std::uint32_t kSeeZip64 = 0xFFFFFFFF;

std::string goodPickle() { return pickleOf({}); }

/// A storage as torch.save writes it, to be changed.
ZipItem storageItem()
{
    ZipItem item;
    item.name = "archive/data/0";
    item.content = std::string(24, 'd');
    return item;
}

/// An archive that is right but for its storage.
std::string withStorage(const ZipItem& item)
{
    return ZipBuilder().add("archive/data.pkl", goodPickle()).item(item).add("archive/version", "3\n").build();
}

/// A right archive with one more entry.
std::string withEntry(ZipItem item)
{
    return torchZipBuilder(goodPickle(), {{"0", std::string(24, 'd')}}).item(std::move(item)).build();
}

std::string withName(const std::string& name)
{
    ZipItem item;
    item.name = name;
    item.content = "text";
    return withEntry(std::move(item));
}

std::string withEnd(ZipEnd end)
{
    return torchZipBuilder(goodPickle(), {{"0", std::string(24, 'd')}}).end(std::move(end)).build();
}

std::string goodArchive() { return withEnd({}); }

/// The change is made to the storage's entry.
template <class Change>
std::string changed(Change change)
{
    ZipItem item = storageItem();
    change(item);
    return withStorage(item);
}

template <class Change>
std::string changedEnd(Change change)
{
    ZipEnd end;
    change(end);
    return withEnd(std::move(end));
}

std::string withByteOrder(std::string_view order)
{
    return ZipBuilder()
        .add("archive/data.pkl", goodPickle())
        .add("archive/byteorder", order)
        .add("archive/data/0", std::string(24, 'd'))
        .build();
}

std::string zip64Field(std::uint64_t size, std::uint64_t stored)
{
    return littleEndian(1, 2) + littleEndian(16, 2) + littleEndian(size, 8) + littleEndian(stored, 8);
}

Files brokenEnds()
{
    const std::string good = goodArchive();
    return {
        {"zip_cut_off", good.substr(0, good.size() - 1), Code::FileTruncated, {"end record"}},
        {"zip_only_a_header", good.substr(0, 60), Code::FileTruncated, {"end record"}},
        {"zip_bytes_behind", changedEnd([](ZipEnd& end) { end.behind = "polyglot"; }), Code::InvalidFormat,
            {"comment of 0 bytes", "8 follow"}},
        {"zip_comment_shorter_than_said", changedEnd([](ZipEnd& end) { end.commentLength = 5; }), Code::InvalidFormat,
            {"comment of 5 bytes"}},
        {"zip_archive_in_the_comment", changedEnd([&](ZipEnd& end) { end.comment = good; }), Code::InvalidFormat,
            {"zip64"}},
        {"zip_old_archive_in_the_comment",
            changedEnd([](ZipEnd& end) { end.comment = changedEnd([](ZipEnd& inner) { inner.hasZip64 = false; }); }),
            Code::InvalidFormat, {"directory"}},
        {"zip_of_several_parts", changedEnd([](ZipEnd& end) { end.disk = 1; }), Code::InvalidFormat, {"several parts"}},
        {"zip64_of_several_parts", changedEnd([](ZipEnd& end) { end.disks = 2; }), Code::InvalidFormat,
            {"several parts"}},
        {"zip_fewer_entries", changedEnd([](ZipEnd& end) { end.hasZip64 = false, end.entries = 2; }),
            Code::InvalidFormat, {"more records"}},
        {"zip_more_entries", changedEnd([](ZipEnd& end) { end.hasZip64 = false, end.entries = 9; }),
            Code::InvalidFormat, {"no record"}},
        {"zip_directory_size", changedEnd([](ZipEnd& end) { end.hasZip64 = false, end.directorySize = 7; }),
            Code::InvalidFormat, {"directory", " 7 "}},
        {"zip_directory_begin", changedEnd([](ZipEnd& end) { end.hasZip64 = false, end.directoryBegin = 7; }),
            Code::InvalidFormat, {"directory", " 7 "}},
        {"zip_directory_behind_itself",
            changedEnd([](ZipEnd& end) { end.hasZip64 = false, end.directoryBegin = 0xFFFFFF; }), Code::InvalidFormat,
            {"directory"}},
        {"zip64_missing", changedEnd([](ZipEnd& end) { end.hasZip64 = false, end.directoryBegin = kSeeZip64; }),
            Code::InvalidFormat, {"directory"}},
        {"zip64_contradicts", changedEnd([](ZipEnd& end) { end.entries64 = 2; }), Code::InvalidFormat, {"contradict"}},
        {"zip64_directory_elsewhere",
            changedEnd([](ZipEnd& end) { end.directoryBegin = kSeeZip64, end.directoryBegin64 = 1ULL << 63U; }),
            Code::InvalidFormat, {"9223372036854775808"}},
        {"zip64_directory_size_wraps",
            changedEnd([](ZipEnd& end) { end.directorySize = kSeeZip64, end.directorySize64 = ~0ULL; }),
            Code::InvalidFormat, {"18446744073709551615"}},
        {"zip64_record_size", changedEnd([](ZipEnd& end) { end.recordSize64 = 45; }), Code::InvalidFormat, {"locator"}},
        {"zip64_locator_elsewhere", changedEnd([](ZipEnd& end) { end.locator = 4; }), Code::InvalidFormat, {"locator"}},
        {"zip64_entries_2_40", changedEnd([](ZipEnd& end) { end.entries = 0xFFFF, end.entries64 = 1ULL << 40U; }),
            Code::HeaderTooLarge, {"1099511627776", "65536"}},
    };
}

Files brokenLayouts()
{
    const ZipItem other = [] {
        ZipItem item;
        item.name = "archive/data/1";
        item.content = "hidden";
        return item;
    }();
    ZipItem hidden = other;
    hidden.listing = ZipListing::Hidden;
    return {
        {"zip_entry_behind_the_last", withEntry(hidden), Code::InvalidFormat, {"gap"}},
        {"zip_hidden_entry_in_front",
            ZipBuilder()
                .item(hidden)
                .add("archive/data.pkl", goodPickle())
                .add("archive/data/0", std::string(24, 'd'))
                .build(),
            Code::InvalidFormat, {"'archive/data.pkl'", "gap"}},
        {"zip_gap_behind_an_entry", changed([](ZipItem& item) { item.behind = std::string(40, 'g'); }),
            Code::InvalidFormat, {"'archive/data/0'", "gap"}},
        {"zip_gap_as_long_as_a_descriptor",
            changed([](ZipItem& item) { item.flags = 0x0800, item.behind = std::string(16, 'g'); }),
            Code::InvalidFormat, {"'archive/version'", "gap"}},
        {"zip_gap_in_front_of_the_directory",
            changedEnd([](ZipEnd& end) { end.beforeDirectory = std::string(100, 'g'); }), Code::InvalidFormat, {"gap"}},
        {"zip_gap_behind_the_directory", changedEnd([](ZipEnd& end) { end.behindDirectory = "gap"; }),
            Code::InvalidFormat, {"directory"}},
        {"zip_overlap", changed([](ZipItem& item) { item.headerBegin = 0; }), Code::InvalidFormat,
            {"'archive/data.pkl'", "overlap"}},
        {"zip_entry_over_the_next", changed([](ZipItem& item) { item.size = 200; }), Code::InvalidFormat,
            {"'archive/data/0'"}},
        {"zip_entry_over_the_directory", changed([](ZipItem& item) { item.size = 100'000; }), Code::InvalidFormat,
            {"'archive/data/0'", "100000"}},
        {"zip_header_begin_behind_the_file", changed([](ZipItem& item) { item.headerBegin = 0xFFFFFFF0; }),
            Code::InvalidFormat, {"gap"}},
        {"zip_entry_twice", changed([](ZipItem& item) { item.listing = ZipListing::Twice; }), Code::InvalidFormat,
            {"'archive/data/0'", "twice"}},
        {"zip_name_twice", withName("archive/data/0"), Code::InvalidFormat, {"'archive/data/0'", "twice"}},
        {"zip_two_pickles", withName("archive/data.pkl"), Code::InvalidFormat, {"'archive/data.pkl'", "twice"}},
        {"zip_two_pickles_by_case", withName("archive/DATA.pkl"), Code::InvalidFormat, {"'archive/DATA.pkl'", "twice"}},
        {"zip_file_and_folder_of_a_name", withName("archive/data.pkl/"), Code::InvalidFormat,
            {"'archive/data.pkl/'", "twice"}},
        {"zip_two_roots", withName("other/data.pkl"), Code::InvalidFormat, {"'other/data.pkl'", "outside"}},
        {"zip_entry_outside_of_the_root", withName("data.pkl"), Code::InvalidFormat, {"'data.pkl'", "outside"}},
    };
}

Files oddNames()
{
    Files files;
    for (const auto& [row, name] :
        std::vector<std::pair<std::string, std::string>>{{"parent", "archive/../x"}, {"parent_in_front", "../x"},
            {"absolute", "/archive/x"}, {"here", "archive/./x"}, {"double_slash", "archive//x"},
            {"backslash", "archive\\..\\x"}, {"nul", "archive/x\0y"s}, {"line_feed", "archive/x\ny"}, {"empty", ""}})
        files.push_back({"zip_name_" + row, withName(name), Code::InvalidFormat, {"plain path"}});
    return files;
}

Files brokenEntries()
{
    return {
        {"zip_encrypted", changed([](ZipItem& item) { item.flags = 0x0809; }), Code::Unsupported,
            {"'archive/data/0'", "encrypted"}},
        {"zip_strongly_encrypted", changed([](ZipItem& item) { item.flags = 0x0848; }), Code::Unsupported,
            {"encrypted"}},
        {"zip_masked_header", changed([](ZipItem& item) { item.flags = 0x2808; }), Code::Unsupported, {"encrypted"}},
        {"zip_flag_bits", changed([](ZipItem& item) { item.flags = 0x0828; }), Code::InvalidFormat, {"2088"}},
        {"zip_deflated", changed([](ZipItem& item) { item.method = 8; }), Code::Unsupported,
            {"'archive/data/0'", "compressed", "8"}},
        {"zip_method_99", changed([](ZipItem& item) { item.method = 99; }), Code::Unsupported, {"99"}},
        {"zip_storage_marked_as_a_folder", changed([](ZipItem& item) { item.attributes = 0x10; }), Code::InvalidFormat,
            {"'archive/data/0'", "folder"}},
        {"zip_folder_with_content", withName("archive/data/1/"), Code::InvalidFormat, {"'archive/data/1/'", "folder"}},
        {"zip_two_sizes", changed([](ZipItem& item) { item.unpackedSize = 25; }), Code::InvalidFormat, {"24", "25"}},
        {"zip_size_needs_zip64", changed([](ZipItem& item) { item.size = kSeeZip64; }), Code::InvalidFormat,
            {"'archive/data/0'", "zip64"}},
        {"zip64_size_2_62", changed([](ZipItem& item) {
             item.size = kSeeZip64;
             item.centralExtra = zip64Field(1ULL << 62U, 1ULL << 62U);
         }),
            Code::InvalidFormat, {"4611686018427387904"}},
        {"zip64_size_wraps", changed([](ZipItem& item) {
             item.size = kSeeZip64;
             item.centralExtra = zip64Field(~0ULL - 8, ~0ULL - 8);
         }),
            Code::InvalidFormat, {"18446744073709551607"}},
        {"zip64_two_fields",
            changed([](ZipItem& item) { item.centralExtra = zip64Field(24, 24) + zip64Field(25, 25); }),
            Code::InvalidFormat, {"two zip64"}},
        {"zip_extra_too_long", changed([](ZipItem& item) { item.centralExtra = "FB\xff\xff"; }), Code::InvalidFormat,
            {"extra field"}},
        {"zip_local_name", changed([](ZipItem& item) { item.localName = "archive/data/9"; }), Code::InvalidFormat,
            {"'archive/data/0'", "'archive/data/9'"}},
        {"zip_local_name_length", changed([](ZipItem& item) { item.localName = "archive/data/00"; }),
            Code::InvalidFormat, {"'archive/data/0'", "another length"}},
        {"zip_local_flags", changed([](ZipItem& item) { item.localFlags = 0x0809; }), Code::InvalidFormat,
            {"'archive/data/0'", "flags"}},
        {"zip_local_method", changed([](ZipItem& item) { item.localMethod = 8; }), Code::InvalidFormat, {"method"}},
        {"zip_local_crc", changed([](ZipItem& item) { item.localCrc = 5; }), Code::InvalidFormat, {"checksum"}},
        {"zip_local_size", changed([](ZipItem& item) { item.localSize = 23; }), Code::InvalidFormat, {"sizes"}},
        {"zip_local_size_zero_without_descriptor",
            changed([](ZipItem& item) { item.flags = 0x0800, item.localSize = 0; }), Code::InvalidFormat, {"sizes"}},
        {"zip_local_zip64_missing", changed([](ZipItem& item) { item.localSize = kSeeZip64; }), Code::InvalidFormat,
            {"sizes"}},
        {"zip_local_zip64_lies",
            changed([](ZipItem& item) { item.localSize = kSeeZip64, item.localExtra = zip64Field(24, 23); }),
            Code::InvalidFormat, {"sizes"}},
        {"zip_descriptor_missing", changed([](ZipItem& item) { item.descriptor = ZipDescriptor::None; }),
            Code::InvalidFormat, {"'archive/data/0'", "descriptor"}},
        {"zip_descriptor_crc", changed([](ZipItem& item) { item.descriptorCrc = 5; }), Code::InvalidFormat,
            {"behind its data"}},
        {"zip_descriptor_size", changed([](ZipItem& item) { item.descriptorSize = 23; }), Code::InvalidFormat,
            {"behind its data"}},
    };
}

Files brokenContents()
{
    ZipItem pickle{.name = "archive/data.pkl", .content = goodPickle()};
    pickle.crc = 1;
    const std::string storage(24, 'd');
    return {
        {"zip_crc_of_the_pickle", ZipBuilder().item(pickle).add("archive/data/0", storage).build(), Code::InvalidFormat,
            {"'archive/data.pkl'", "checksum"}},
        {"zip_big_endian", withByteOrder("big"), Code::Unsupported, {"big-endian"}},
        {"zip_middle_endian", withByteOrder("middle"), Code::InvalidFormat, {"'middle'"}},
        {"zip_long_byte_order", withByteOrder(std::string(100, 'l')), Code::InvalidFormat, {"byteorder", "100"}},
        {"zip_storage_missing", torchZip(goodPickle(), {{"1", storage}}), Code::InvalidFormat,
            {"'archive/data/0'", "pickle"}},
        {"zip_storage_too_short", torchZip(goodPickle(), {{"0", storage.substr(1)}}), Code::InvalidFormat,
            {"'0'", "23", "24"}},
        {"zip_storage_too_long", torchZip(goodPickle(), {{"0", storage + "d"}}), Code::InvalidFormat,
            {"'0'", "25", "24"}},
    };
}

void append(Files& files, const Files& more) { files.insert(files.end(), more.begin(), more.end()); }

std::string archiveOf(const std::vector<std::pair<std::string, std::string>>& entries)
{
    ZipBuilder zip;
    for (const auto& [name, content] : entries)
        zip.add(name, content);
    return zip.build();
}

} // namespace

std::vector<BrokenFile> brokenZipArchives()
{
    Files files;
    for (const auto& table : {brokenEnds, brokenLayouts, oddNames, brokenEntries, brokenContents})
        append(files, table());
    return files;
}

std::vector<BrokenFile> foreignArchives()
{
    const std::string pickle = goodPickle();
    ZipItem deflated{.name = "photos/cat.jpg", .content = "deflated"};
    deflated.method = 8;
    ZipEnd old;
    old.hasZip64 = false;
    return {
        {"torch_script",
            archiveOf({{"model/data.pkl", pickle}, {"model/code/__torch__.py", "def f(): pass"},
                {"model/constants.pkl", pickle}}),
            Code::UnknownFormat, {"TorchScript"}},
        {"torch_script_by_its_constants", archiveOf({{"model/data.pkl", pickle}, {"model/constants.pkl", pickle}}),
            Code::UnknownFormat, {"TorchScript"}},
        {"torch_serve", archiveOf({{"MAR-INF/MANIFEST.json", "{}"}, {"model.pt", "x"}}), Code::UnknownFormat,
            {"TorchServe"}},
        {"torch_export", archiveOf({{"m/archive_format", "pt2"}, {"m/data/weights/0", "x"}}), Code::UnknownFormat,
            {"pt2"}},
        {"torch_export_old", archiveOf({{"serialized_exported_program.json", "{}"}, {"serialized_state_dict.pt", "x"}}),
            Code::UnknownFormat, {"pt2"}},
        {"numpy_archive", archiveOf({{"arr_0.npy", "x"}, {"arr_1.npy", "y"}}), Code::UnknownFormat, {"npz"}},
        {"zip_of_pictures", ZipBuilder().item(deflated).add("photos/dog.jpg", "x").build(), Code::UnknownFormat,
            {"'photos/cat.jpg'", "zip archive"}},
        {"zip_with_a_pickle_without_a_folder", archiveOf({{"data.pkl", pickle}}), Code::UnknownFormat, {"'data.pkl'"}},
        {"zip_without_entries", ZipBuilder().build(), Code::UnknownFormat, {"nothing"}},
        {"zip_without_entries_and_zip64", ZipBuilder().end(old).build(), Code::UnknownFormat, {"nothing"}},
    };
}

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/torch_zip_reader.h"

#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/torch/foreign_archives.h"
#include "model_engine/formats/torch/torch_archive.h"
#include "model_engine/formats/torch/torch_placement.h"
#include "model_engine/formats/torch/zip_entries.h"

#include <unordered_map>

namespace weightroom::engine {
namespace {

/// More than any of the small text entries has.
constexpr Bytes kMaxNote{64};

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

Result<ZipDirectory> readArchive(const ByteSource& source)
{
    auto directory = readZipDirectory(source);
    if (!directory)
        return directory;
    // Before the entries are looked at: an archive of another program may be compressed and what else it likes.
    if (const auto other = foreignArchive(*directory))
        return fail(ErrorCode::UnknownFormat, "the file is " + other->what, {.defect = other->defect});
    if (auto located = locateZipEntries(source, *directory); !located)
        return fail(std::move(located).error());
    return directory;
}

/// "root/", which all entries begin with.
Result<std::string> rootOf(const ZipDirectory& directory)
{
    const std::string& first = directory.entries.front().name;
    const std::string root = first.substr(0, first.find('/') + 1);
    for (const ZipEntry& entry : directory.entries) {
        if (root.empty() || !entry.name.starts_with(root))
            return invalid("the entry " + quotedName(entry.name) + " of the zip archive lies outside of the folder "
                + quotedName(root) + " that the others lie in");
    }
    return root;
}

/// The text of a small entry; nothing when there is none.
Result<std::string> readNote(const ByteSource& source, const ZipDirectory& directory, const std::string& name)
{
    const ZipEntry* entry = directory.find(name);
    if (entry == nullptr)
        return std::string{};
    if (entry->size > kMaxNote)
        return invalid("the entry " + quotedName(name) + " of the zip archive has " + toExactText(entry->size)
            + ", a word was expected");
    return readZipEntry(source, *entry);
}

Result<> checkByteOrder(const ByteSource& source, const ZipDirectory& directory, const std::string& root)
{
    const auto order = readNote(source, directory, root + "byteorder");
    if (!order)
        return fail(order.error());
    if (*order == "big")
        return fail(ErrorCode::Unsupported, "the tensors were saved with the high byte first (big-endian)");
    if (!order->empty() && *order != "little")
        return invalid("the byte order is " + quotedName(*order) + ", neither 'little' nor 'big'");
    return {};
}

Result<std::string> readPickleBytes(const ByteSource& source, const ZipDirectory& directory, const std::string& root)
{
    const ZipEntry* entry = directory.find(root + "data.pkl");
    if (entry == nullptr)
        return invalid("the zip archive has no entry " + quotedName(root + "data.pkl"));
    if (entry->size > kMaxTorchPickle) {
        return fail(ErrorCode::HeaderTooLarge,
            "the pickle has " + toExactText(entry->size) + ", the limit is " + std::to_string(kMaxTorchPickle.value),
            {.required = entry->size, .available = kMaxTorchPickle});
    }
    return readZipEntry(source, *entry);
}

Result<TorchContent> readContentOf(const std::string& bytes)
{
    auto pickle = readPickle(bytes, {.size = kMaxTorchPickle});
    if (!pickle) {
        Error error = std::move(pickle).error();
        // The archive is whole, so it is not the file that was cut off.
        if (error.code == ErrorCode::FileTruncated)
            return invalid(error.detail);
        return fail(std::move(error));
    }
    if (pickle->size != bytes.size()) {
        return invalid("the pickle ends at its byte " + std::to_string(pickle->size) + ", "
            + std::to_string(bytes.size() - pickle->size) + " more follow in its entry");
    }
    return readContent(*pickle, FileFormat::TorchZip);
}

/// The data of the entries "root/data/<key>".
Result<std::vector<ByteRange>> placesOf(
    const std::vector<StorageClaim>& storages, const ZipDirectory& directory, const std::string& root)
{
    std::unordered_map<std::string_view, const ZipEntry*> byName;
    byName.reserve(directory.entries.size());
    for (const ZipEntry& entry : directory.entries)
        byName.emplace(entry.name, &entry);
    std::vector<ByteRange> places;
    places.reserve(storages.size());
    for (const StorageClaim& storage : storages) {
        const std::string name = root + "data/" + storage.key;
        const auto entry = byName.find(name);
        if (entry == byName.end())
            return invalid("the zip archive has no entry " + quotedName(name) + ", which the pickle refers to");
        places.push_back(entry->second->data);
    }
    return places;
}

/// What stands in the archive, before the pickle is looked at.
struct PackedContent {
    ZipDirectory directory;
    std::string root;
    std::string pickle;
};

Result<PackedContent> unpack(const ByteSource& source)
{
    auto directory = readArchive(source);
    if (!directory)
        return fail(std::move(directory).error());
    auto root = rootOf(*directory);
    if (!root)
        return fail(std::move(root).error());
    if (auto order = checkByteOrder(source, *directory, *root); !order)
        return fail(std::move(order).error());
    auto pickle = readPickleBytes(source, *directory, *root);
    if (!pickle)
        return fail(std::move(pickle).error());
    return PackedContent{std::move(*directory), std::move(*root), std::move(*pickle)};
}

} // namespace

Result<TensorIndex> readTorchZip(const ByteSource& source)
{
    auto packed = unpack(source);
    if (!packed)
        return fail(withDefect(std::move(packed).error(), FileDefect::DamagedArchive));
    auto content = readContentOf(packed->pickle);
    if (!content)
        return fail(std::move(content).error());
    packed->pickle = {}; // nothing refers to it any more: room for the index
    const auto places = placesOf(content->storages, packed->directory, packed->root);
    if (!places)
        return fail(withDefect(places.error(), FileDefect::DamagedArchive));
    return placeTensors(std::move(*content), *places, FileFormat::TorchZip, source.size());
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/torch_archive_builder.h"

#include "tests/support/safetensors_builder.h"

#include <array>

namespace weightroom::test {
namespace {

/// What lies in the small files: floats, halves, a long, nothing, bytes without a type.
struct SmallStorage {
    const char* key;
    std::uint64_t elements;
    std::size_t size;
};
constexpr std::array kSmallStorages{SmallStorage{"0", 6, 24}, SmallStorage{"1", 4, 8}, SmallStorage{"2", 1, 8},
    SmallStorage{"3", 0, 0}, SmallStorage{"4", 4, 4}};

/// A state dict in a checkpoint.
std::string smallPickle(TorchForm form)
{
    const auto in = [form](PickledTensor tensor) {
        tensor.form = form;
        return tensor;
    };
    Pickle pickle;
    pickle.dict().mark().text("epoch").integer(3).text("state_dict").orderedDict().mark();
    pickle.text("weight") << in({});
    pickle.text("weight.transposed") << in({.size = {3, 2}, .stride = {1, 3}});
    pickle.text("weight.last") << in({.offset = 3, .size = {3}, .stride = {1}});
    pickle.text("half") << in(
        {.type = "HalfStorage", .key = "1", .elements = 4, .size = {1, 4, 1}, .stride = {7, 1, 9}});
    pickle.text("steps") << in({.type = "LongStorage", .key = "2", .elements = 1, .size = {}, .stride = {}});
    pickle.text("empty") << in({.key = "3", .elements = 0, .size = {0, 4}, .stride = {4, 1}});
    pickle.text("eighth") << in(
        {.type = "UntypedStorage", .key = "4", .elements = 4, .size = {4}, .stride = {1}, .dtype = "float8_e4m3fn"});
    pickle.setItems().dict().text("_metadata").orderedDict().setItem().build();
    return pickle.setItems().stop();
}

} // namespace

ZipBuilder torchZipBuilder(std::string_view pickle, const std::vector<StorageBytes>& storages, std::string_view root)
{
    const std::string folder = std::string{root} + "/";
    ZipBuilder zip;
    zip.add(folder + "data.pkl", pickle).add(folder + "byteorder", "little");
    for (const auto& [key, bytes] : storages)
        zip.add(folder + "data/" + key, bytes);
    zip.add(folder + "version", "3\n")
        .add(folder + ".data/serialization_id", "0123456789012345678901234567890123456789");
    return zip;
}

std::string torchZip(std::string_view pickle, const std::vector<StorageBytes>& storages)
{
    return torchZipBuilder(pickle, storages).build();
}

std::string legacyBeginning()
{
    using namespace std::string_view_literals;
    const std::string magic = Pickle().bytes("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv).stop();
    const std::string system = Pickle()
                                   .dict()
                                   .mark()
                                   .text("protocol_version")
                                   .integer(1001)
                                   .text("little_endian")
                                   .boolean(true)
                                   .setItems()
                                   .stop();
    return magic + Pickle().integer(1001).stop() + system;
}

std::string torchLegacy(std::string_view pickle, const std::vector<LegacyStorage>& storages)
{
    Pickle keys;
    keys.list().mark();
    for (const LegacyStorage& storage : storages)
        keys.text(storage.key);
    std::string file = legacyBeginning() + std::string{pickle} + keys.appends().stop();
    for (const LegacyStorage& storage : storages)
        file += littleEndian(storage.count, 8) + storage.bytes;
    return file;
}

std::string pickleOf(const PickledTensor& tensor)
{
    Pickle pickle;
    pickle.dict().text("x") << tensor;
    return pickle.setItem().stop();
}

std::string manyWaysTo(std::string_view inside)
{
    Pickle pickle = Pickle().mark().list().bytes(inside).put(0);
    for (std::uint32_t level = 1; level <= 64; ++level)
        pickle.list().mark().get(level - 1).get(level - 1).appends().put(level);
    return pickle.tuple().stop();
}

std::string smallTorchZip()
{
    std::vector<StorageBytes> storages;
    for (const SmallStorage& storage : kSmallStorages)
        storages.emplace_back(storage.key, tensorPattern(storage.key, storage.size));
    return torchZip(smallPickle(TorchForm::Zip), storages);
}

std::string smallTorchLegacy()
{
    std::vector<LegacyStorage> storages;
    for (const SmallStorage& storage : kSmallStorages)
        storages.push_back({storage.key, storage.elements, tensorPattern(storage.key, storage.size)});
    return torchLegacy(smallPickle(TorchForm::Legacy), storages);
}

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/torch_legacy_reader.h"

#include "model_engine/formats/little_endian.h"
#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/torch/torch_archive.h"
#include "model_engine/formats/torch/torch_placement.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

namespace weightroom::engine {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kFirstBlock = kKiB.value * 64;
/// 0x1950a86a20f9469cfc6c as a pickle holds it, lowest byte first.
constexpr std::string_view kMagicNumber = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
constexpr std::int64_t kProtocolVersion = 1001;
constexpr Bytes kCountField{8};

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

/// Reads the pickles at the beginning of a file one after the other.
class PickleSequence {
public:
    explicit PickleSequence(const ByteSource& source)
        : m_source(source)
    {
    }

    /// The next pickle. Its texts are valid until the next call.
    Result<Pickle> next()
    {
        std::uint64_t wanted = kFirstBlock;
        while (true) {
            if (auto loaded = load(wanted); !loaded)
                return fail(std::move(loaded).error());
            auto pickle = readPickle(m_buffer, {.size = kMaxTorchPickle});
            if (pickle) {
                m_position += pickle->size;
                return pickle;
            }
            const std::uint64_t required = pickle.error().context.required.value_or(Bytes{}).value;
            if (pickle.error().code != ErrorCode::FileTruncated || required > m_source.size().value - m_position)
                return fail(inFile(std::move(pickle).error()));
            // Four times as much: reading again from the pickle's begin then costs a third of reading it once.
            wanted = std::min(std::max<std::uint64_t>(required, m_buffer.size() * 4), kMaxTorchPickle.value);
        }
    }

    /// Behind the last pickle, in the file.
    [[nodiscard]] std::uint64_t position() const { return m_position; }

private:
    /// Fills the buffer from the position on, with so many bytes or all that there are.
    Result<> load(std::uint64_t wanted)
    {
        m_buffer.assign(std::min(wanted, m_source.size().value - m_position), '\0');
        return m_source.readAt(m_position, std::as_writable_bytes(std::span{m_buffer}));
    }

    /// Sizes as the file's, not the pickle's.
    [[nodiscard]] Error inFile(Error error) const
    {
        if (error.code == ErrorCode::FileTruncated && error.context.required) {
            error.context.required = Bytes{checkedAdd(m_position, error.context.required->value).value_or(~0ULL)};
            error.context.available = m_source.size();
        }
        return error;
    }

    const ByteSource& m_source;
    std::string m_buffer;
    std::uint64_t m_position = 0;
};

Result<> checkMagic(PickleSequence& pickles)
{
    const auto magic = pickles.next();
    if (!magic)
        return fail(magic.error());
    if (magic->values.longInteger(magic->root) != kMagicNumber)
        return fail(ErrorCode::UnknownFormat, "the file is a pickle that torch.save did not write",
            {.defect = FileDefect::OtherFormat});
    const auto version = pickles.next();
    if (!version)
        return fail(version.error());
    if (version->values.integer(version->root) != kProtocolVersion)
        return fail(ErrorCode::Unsupported,
            "the file has another protocol of torch.save than " + std::to_string(kProtocolVersion));
    return {};
}

/// {"protocol_version": 1001, "little_endian": True, "type_sizes": {…}}
Result<> checkSystem(PickleSequence& pickles)
{
    const auto system = pickles.next();
    if (!system)
        return fail(system.error());
    const PickleTree& values = system->values;
    auto items = values.items(system->root);
    while (const auto key = items.next()) {
        const auto value = items.next();
        if (value && values.text(*key) == "little_endian" && values.boolean(*value) == false)
            return fail(ErrorCode::Unsupported, "the tensors were saved with the high byte first (big-endian)");
    }
    return {};
}

Result<TorchContent> readContentOf(PickleSequence& pickles)
{
    const auto pickle = pickles.next();
    if (!pickle)
        return fail(pickle.error());
    return readContent(*pickle, FileFormat::TorchLegacy);
}

/// For each key of the list, the number of its storage: all of them, each once.
Result<std::vector<std::size_t>> readOrder(PickleSequence& pickles, const std::vector<StorageClaim>& storages)
{
    const auto keys = pickles.next();
    if (!keys)
        return fail(keys.error());
    if (!keys->values.is(keys->root, PickleKind::List))
        return invalid("the list of the storages is none");
    std::unordered_map<std::string_view, std::size_t> left;
    for (std::size_t i = 0; i < storages.size(); ++i)
        left.emplace(storages[i].key, i);
    std::vector<std::size_t> order;
    auto items = keys->values.items(keys->root);
    while (const auto item = items.next()) {
        const auto key = keys->values.text(*item);
        const auto known = key ? left.find(*key) : left.end();
        if (known == left.end())
            return invalid("the list of the storages has " + (key ? quotedName(*key) : std::string{"something"})
                + ", which no tensor lies in, or has it twice");
        order.push_back(known->second);
        left.erase(known);
    }
    if (!left.empty())
        return invalid("the storage " + quotedName(left.begin()->first) + " is not in the list of the storages");
    return order;
}

/// Walks through the storages behind the pickles, reading the number in front of each.
Result<std::vector<ByteRange>> findPlaces(const ByteSource& source, std::uint64_t position,
    const std::vector<StorageClaim>& storages, const std::vector<std::size_t>& order)
{
    std::vector<ByteRange> places(storages.size());
    for (const std::size_t number : order) {
        const StorageClaim& storage = storages[number];
        const std::uint64_t left = source.size().value - position;
        if (left < kCountField.value || storage.size.value > left - kCountField.value) {
            const auto required = checkedAdd(position + kCountField.value, storage.size.value);
            return fail(ErrorCode::FileTruncated,
                "the storage " + quotedName(storage.key) + " of " + toExactText(storage.size) + " ends behind the file",
                {.required = Bytes{required.value_or(~0ULL)}, .available = source.size()});
        }
        std::array<char, kCountField.value> field{};
        if (auto read = source.readAt(position, std::as_writable_bytes(std::span{field})); !read)
            return fail(std::move(read).error());
        const auto count = littleEndianAt<std::uint64_t>({field.data(), field.size()}, 0);
        if (count != storage.elements) {
            return invalid("the storage " + quotedName(storage.key) + " has " + std::to_string(count)
                + " elements in the file, the pickle says " + std::to_string(storage.elements));
        }
        places[number] = {position + kCountField.value, storage.size};
        position = places[number].end();
    }
    if (position != source.size().value) {
        return fail(ErrorCode::InvalidFormat,
            toExactText(Bytes{source.size().value - position}) + " of no storage at the end of the file",
            {.defect = FileDefect::TrailingBytes});
    }
    return places;
}

} // namespace

Result<TensorIndex> readTorchLegacy(const ByteSource& source)
{
    PickleSequence pickles{source};
    if (auto magic = checkMagic(pickles); !magic)
        return fail(std::move(magic).error());
    if (auto system = checkSystem(pickles); !system)
        return fail(std::move(system).error());
    auto content = readContentOf(pickles);
    if (!content)
        return fail(std::move(content).error());
    const auto order = readOrder(pickles, content->storages);
    if (!order)
        return fail(order.error());
    const auto places = findPlaces(source, pickles.position(), content->storages, *order);
    if (!places)
        return fail(places.error());
    return placeTensors(std::move(*content), *places, FileFormat::TorchLegacy, source.size());
}

} // namespace weightroom::engine

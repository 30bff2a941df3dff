// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_writer.h"

#include "model_engine/core/files/new_file.h"
#include "model_engine/core/json.h"
#include "model_engine/core/utf8.h"
#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/safetensors/safetensors_header.h"
#include "model_engine/formats/safetensors/safetensors_reader.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace weightroom::engine {
namespace {

/// The data begin at a multiple of this, so that elements of every type lie aligned in a mapped file.
constexpr std::uint64_t kDataAlignment = 8;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidValue, std::move(detail)); }

Result<std::string> jsonText(const std::string& text)
{
    if (!isValidUtf8(text))
        return invalid("the name or value " + quotedName(text) + " is not UTF-8");
    return writeJson(Json(text));
}

std::optional<Bytes> sizeOf(const TensorDescription& tensor)
{
    const auto elements = tensor.shape.elements();
    return elements ? bytesOf(tensor.dtype, *elements) : std::nullopt;
}

Result<std::string> metadataText(const SafetensorsPlan& plan)
{
    std::string members;
    for (const auto& [key, value] : plan.metadata) {
        const auto keyText = jsonText(key);
        const auto valueText = jsonText(value);
        if (!keyText || !valueText)
            return keyText ? valueText : keyText;
        members.append(members.empty() ? "" : ",").append(*keyText).append(":").append(*valueText);
    }
    return "\"__metadata__\":{" + members + "}";
}

/// One member of the header; moves `position` from the begin of the tensor to its end.
Result<std::string> entryText(const TensorDescription& tensor, std::uint64_t& position)
{
    auto name = jsonText(tensor.name);
    if (!name)
        return name;
    const std::string_view dtype = traitsOf(tensor.dtype).safetensorsName;
    if (dtype.empty())
        return invalid(
            "tensor " + quotedName(tensor.name) + ": safetensors has no type " + std::string{toText(tensor.dtype)});
    const auto size = sizeOf(tensor);
    const auto end = size ? checkedAdd(position, size->value) : std::nullopt;
    if (!end)
        return invalid(
            "tensor " + quotedName(tensor.name) + ": its size is not a number of whole bytes within 64 bits");
    std::string text = *name + ":{\"dtype\":\"" + std::string{dtype} + "\",\"shape\":" + toText(tensor.shape)
        + ",\"data_offsets\":[" + std::to_string(position) + "," + std::to_string(*end) + "]}";
    position = *end;
    return text;
}

Result<std::string> headerText(const SafetensorsPlan& plan)
{
    auto text = plan.metadata.empty() ? Result<std::string>{std::string{}} : metadataText(plan);
    if (!text)
        return text;
    std::uint64_t position = 0;
    for (const TensorDescription& tensor : plan.tensors) {
        auto entry = entryText(tensor, position);
        if (!entry)
            return entry;
        text->append(text->empty() ? "" : ",").append(*entry);
    }
    return "{" + *text + "}";
}

/// Catches what the text cannot show while it grows: names that stand twice, a tensor named __metadata__.
Result<> checkReadable(std::string text)
{
    if (Bytes{text.size()} > kMaxSafetensorsHeader) {
        return fail(ErrorCode::HeaderTooLarge,
            "the header would have " + std::to_string(text.size()) + " bytes, the limit is "
                + std::to_string(kMaxSafetensorsHeader.value));
    }
    const std::size_t size = text.size();
    text.append(kSafetensorsReadAhead, ' ');
    if (auto header = parseSafetensorsHeader(std::string_view{text}.substr(0, size)); !header)
        return invalid("the file could not be read again: " + header.error().detail);
    return {};
}

std::string lengthField(std::uint64_t length)
{
    std::string field;
    for (std::size_t i = 0; i < kSafetensorsLengthField.value; ++i, length >>= 8U)
        field.push_back(static_cast<char>(length & 0xFFU));
    return field;
}

/// Writes tensors block by block through one buffer.
class DataWriter {
public:
    DataWriter(const BlockWriter& append, const TensorFiller& fill, const std::stop_token& stop)
        : m_append(append)
        , m_fill(fill)
        , m_stop(stop)
    {
    }

    /// The bytes of one tensor from `offset` on.
    Result<> write(std::size_t tensor, std::uint64_t offset, std::uint64_t size)
    {
        while (offset < size) {
            const std::uint64_t count = std::min(kWriterBlock.value, size - offset);
            if (auto written = writeBlock(tensor, offset, count); !written)
                return written;
            offset += count;
        }
        return {};
    }

private:
    Result<> writeBlock(std::size_t tensor, std::uint64_t offset, std::uint64_t count)
    {
        if (m_stop.stop_requested())
            return fail(ErrorCode::Cancelled, "writing was cancelled");
        if (m_buffer.size() < count)
            m_buffer.resize(count);
        const std::span<std::byte> block = std::span{m_buffer}.first(count);
        if (auto filled = m_fill(tensor, offset, block); !filled)
            return filled;
        return m_append(block);
    }

    const BlockWriter& m_append;
    const TensorFiller& m_fill;
    const std::stop_token& m_stop;
    std::vector<std::byte> m_buffer;
};

/// Of a plan whose header could be made: nothing here overflows.
Bytes sizeOfData(const SafetensorsPlan& plan)
{
    Bytes total;
    for (const TensorDescription& tensor : plan.tensors)
        total += *sizeOf(tensor);
    return total;
}

} // namespace

Result<std::string> makeSafetensorsHeader(const SafetensorsPlan& plan)
{
    auto text = headerText(plan);
    if (!text)
        return text;
    text->resize(alignUp(text->size(), kDataAlignment), ' ');
    if (auto readable = checkReadable(*text); !readable)
        return fail(std::move(readable).error());
    return lengthField(text->size()) + *text;
}

SafetensorsContent::SafetensorsContent(SafetensorsPlan plan, std::string header, Bytes size)
    : m_plan(std::move(plan))
    , m_header(std::move(header))
    , m_size(size)
{
}

Result<SafetensorsContent> SafetensorsContent::make(SafetensorsPlan plan)
{
    auto header = makeSafetensorsHeader(plan);
    if (!header)
        return fail(std::move(header).error());
    const auto size = checkedAdd(header->size(), sizeOfData(plan).value);
    if (!size)
        return invalid("the file would be larger than 2^64 bytes");
    return SafetensorsContent{std::move(plan), std::move(*header), Bytes{*size}};
}

Result<> SafetensorsContent::write(
    Bytes begin, const BlockWriter& append, const TensorFiller& fill, const std::stop_token& stop) const
{
    if (begin.value < m_header.size()) {
        if (auto written = append(std::as_bytes(std::span{m_header}).subspan(begin.value)); !written)
            return written;
    }
    std::uint64_t skipped = begin.value - std::min(begin.value, Bytes{m_header.size()}.value);
    DataWriter data{append, fill, stop};
    for (std::size_t i = 0; i < m_plan.tensors.size(); ++i) {
        const std::uint64_t size = sizeOf(m_plan.tensors[i])->value;
        const std::uint64_t offset = std::min(skipped, size);
        skipped -= offset;
        if (auto written = data.write(i, offset, size); !written)
            return written;
    }
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "writing was cancelled");
    return {};
}

Result<Bytes> writeSafetensors(const std::filesystem::path& target, const SafetensorsPlan& plan,
    const TensorFiller& fill, const std::stop_token& stop)
{
    if (auto isNew = expectNothingAt(target); !isNew)
        return fail(std::move(isNew).error());
    const auto content = SafetensorsContent::make(plan);
    if (!content)
        return fail(content.error());
    auto file = NewFile::create(target);
    if (!file)
        return fail(std::move(file).error());
    if (auto reserved = file->reserve(content->size()); !reserved)
        return fail(std::move(reserved).error());
    const auto append = [&file](std::span<const std::byte> block) { return file->append(block); };
    if (auto written = content->write(Bytes{}, append, fill, stop); !written)
        return fail(std::move(written).error());
    if (auto committed = file->commit(IfExists::Refuse); !committed)
        return fail(std::move(committed).error());
    return content->size();
}

} // namespace weightroom::engine

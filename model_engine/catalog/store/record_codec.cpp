// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/record_codec.h"

#include <nlohmann/json.hpp>

#include <concepts>
#include <optional>
#include <type_traits>

namespace weightroom::engine {
namespace {

using Value = nlohmann::json;

/// T is `Of`, for reading, or const, for writing.
template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

// Each structure has one list of its fields, which both directions walk through.

template <class Archive, Is<ComponentRecord> T>
void fields(Archive& archive, T& component)
{
    archive("id", component.id.text);
    archive("kind", component.kind);
    archive("prefixes", component.prefixes);
    archive("tensors", component.tensorCount);
    archive("size", component.size.value);
}

template <class Archive, Is<Evidence> T>
void fields(Archive& archive, T& evidence)
{
    archive("rule", evidence.rule);
    archive("key", evidence.key);
    archive("shape", evidence.shape);
}

template <class Archive, Is<TensorNameList> T>
void fields(Archive& archive, T& list)
{
    archive("count", list.count);
    archive("names", list.names);
}

template <class Archive, Is<Identification> T>
void fields(Archive& archive, T& identified)
{
    archive("kind", identified.kind);
    archive("architecture", identified.architecture);
    archive("variant", identified.variant);
    archive("candidates", identified.candidates);
    archive("base_variant", identified.baseVariant);
    archive("prediction", identified.prediction);
    archive("precision", identified.precision);
    archive("quantization", identified.quantization);
    archive("rank", identified.rank);
    archive("components", identified.components);
    archive("tensors", identified.tensorCount);
    archive("parameters", identified.parameters);
    archive("confidence", identified.confidence);
    archive("evidence", identified.evidence);
    archive("problems", identified.problems);
    archive("missing", identified.missing);
    archive("extra", identified.extra);
}

template <class Archive, Is<Bytes> T>
void fields(Archive& archive, T& bytes)
{
    archive("value", bytes.value);
}

/// What is said of a file that was read; the rest of a context belongs to requests.
template <class Archive, Is<Error> T>
void fields(Archive& archive, T& error)
{
    archive("code", error.code);
    archive("detail", error.detail);
    archive("path", error.context.path);
    archive("required", error.context.required);
    archive("available", error.context.available);
    archive("memory_type", error.context.memoryType);
    archive("system_code", error.context.systemCode);
    archive("defect", error.context.defect);
}

template <class Archive, Is<FileIdentity> T>
void fields(Archive& archive, T& identity)
{
    archive("device", identity.device);
    archive("inode", identity.inode);
    archive("size", identity.size.value);
    archive("modified", identity.modifiedNs);
    archive("changed", identity.changedNs);
}

template <class Archive, Is<PipelineComponent> T>
void fields(Archive& archive, T& component)
{
    archive("name", component.name);
    archive("class", component.className);
    archive("has_weights", component.hasWeights);
}

template <class Archive, Is<ModelIndex> T>
void fields(Archive& archive, T& index)
{
    archive("path", index.path);
    archive("identity", index.identity);
    archive("components", index.components);
    archive("problem", index.problem);
}

template <class Archive, Is<Placement> T>
void fields(Archive& archive, T& placement)
{
    archive("layout", placement.layout);
    archive("expected", placement.expectedKinds);
    archive("folder", placement.folder);
}

template <class Archive, Is<ComponentVariants::Set> T>
void fields(Archive& archive, T& set)
{
    archive("file", set.file);
    archive("variant", set.variant);
}

template <class Archive, Is<ComponentVariants> T>
void fields(Archive& archive, T& variants)
{
    archive("component", variants.component);
    archive("sets", variants.sets);
    archive("taken", variants.taken);
}

template <class Archive, Is<ModelRecord> T>
void fields(Archive& archive, T& record)
{
    archive("name", record.name);
    archive("placement", record.placement);
    archive("format", record.format);
    archive("identified", record.identified);
    archive("problem", record.problem);
    archive("index", record.index);
    archive("variants", record.variants);
}

class Writer {
public:
    template <class T>
    void operator()(const char* name, const T& value)
    {
        m_object[name] = valueOf(value);
    }
    [[nodiscard]] Value take() { return std::move(m_object); }

private:
    template <class T>
    static Value valueOf(const T& value)
    {
        if constexpr (std::is_enum_v<T>) {
            return static_cast<std::underlying_type_t<T>>(value);
        } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
            return value;
        } else {
            Writer writer;
            fields(writer, value);
            return writer.take();
        }
    }
    static Value valueOf(const std::filesystem::path& path) { return path.native(); }
    template <class T>
    static Value valueOf(const std::optional<T>& value)
    {
        return value ? valueOf(*value) : Value(nullptr);
    }
    template <class T>
    static Value valueOf(const std::vector<T>& values)
    {
        Value rows = Value::array();
        for (const T& value : values)
            rows.push_back(valueOf(value));
        return rows;
    }

    Value m_object = Value::object();
};

/// Throws what the library throws when a field is missing or of another type.
class Reader {
public:
    explicit Reader(const Value& object)
        : m_object(object)
    {
    }
    template <class T>
    void operator()(const char* name, T& value) const
    {
        read(m_object.at(name), value);
    }

private:
    template <class T>
    static void read(const Value& from, T& value)
    {
        if constexpr (std::is_enum_v<T>) {
            value = static_cast<T>(from.get<std::underlying_type_t<T>>());
        } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
            value = from.get<T>();
        } else {
            const Reader reader{from};
            fields(reader, value);
        }
    }
    static void read(const Value& from, std::filesystem::path& path) { path = from.get<std::string>(); }
    template <class T>
    static void read(const Value& from, std::optional<T>& value)
    {
        value.reset();
        if (!from.is_null())
            read(from, value.emplace());
    }
    template <class T>
    static void read(const Value& from, std::vector<T>& values)
    {
        values.clear();
        for (const Value& row : from)
            read(row, values.emplace_back());
    }

    const Value& m_object;
};

} // namespace

std::vector<std::uint8_t> encodeRecord(const ModelRecord& record)
{
    Writer writer;
    fields(writer, record);
    return Value::to_cbor(writer.take());
}

Result<> decodeRecord(std::span<const std::byte> bytes, ModelRecord& record)
try {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const Value document = Value::from_cbor(begin, begin + bytes.size());
    const Reader reader{document};
    fields(reader, record);
    return {};
} catch (const Value::exception& error) {
    return fail(ErrorCode::InvalidFormat, "a record of the catalogue could not be read: " + std::string{error.what()},
        {.modelId = record.id});
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
//
// Says what the engine reads in a model file, as JSON, for comparison with the reference libraries in Python:
//
//   describe_tensors [--values FOLDER] FILE
//
// The first line describes the file: {"format": "gguf", "metadata": {…}}. Each further line is a tensor, in the order
// of their places: {"name", "dtype" (as the format spells it), "shape" (outermost dimension first), "file_shape" (in
// the order of the format), "begin", "size" (of its elements one behind the other), "sha256" (of these)}. With
// --values, the values of tensor number n are written to FOLDER/n.f32 as 32-bit numbers where the engine can compute
// them; "values" says so.
//
// A file that is refused: {"error": code, "detail": text} is the only line, and the exit status is 1.
#include "model_engine/core/json.h"
#include "model_engine/formats/format_reader.h"
#include "model_engine/formats/gguf/gguf_dequantize.h"

#include "tests/differential/contiguous_bytes.h"

#include <QCryptographicHash>

#include <cstdio>
#include <fstream>
#include <optional>
#include <vector>

using namespace weightroom::engine;

namespace {

using Data = std::vector<std::byte>;

std::string sha256(const Data& data)
{
    const QByteArray view =
        QByteArray::fromRawData(reinterpret_cast<const char*>(data.data()), static_cast<qsizetype>(data.size()));
    return QCryptographicHash::hash(view, QCryptographicHash::Sha256).toHex().toStdString();
}

Result<> writeValues(const TensorEntry& entry, const Data& data, const std::filesystem::path& target)
{
    std::vector<float> values(entry.shape.elements().value_or(0));
    if (auto computed = dequantize(entry.dtype, data, values); !computed)
        return computed;
    std::ofstream stream{target, std::ios::binary};
    stream.write(
        reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
    if (!stream.flush())
        return fail(ErrorCode::IoError, "cannot write " + target.string());
    return {};
}

/// Bytes are read whole: the files of this test are small.
Result<Json> describe(const ByteSource& source, const TensorEntry& entry, FileFormat format,
    const std::optional<std::filesystem::path>& valuesTarget)
{
    const auto data = weightroom::test::contiguousBytes(source, entry);
    if (!data)
        return fail(data.error());
    const bool hasValues = valuesTarget && canDequantize(entry.dtype);
    if (hasValues) {
        if (auto written = writeValues(entry, *data, *valuesTarget); !written)
            return fail(std::move(written).error());
    }
    return Json{{"name", entry.name}, {"dtype", fileDtypeName(entry.dtype, format)}, {"shape", entry.shape.dimensions},
        {"file_shape", fileShape(entry, format).dimensions}, {"begin", entry.range.begin},
        {"size", contiguousSize(entry).value}, {"sha256", sha256(*data)}, {"values", hasValues}};
}

void print(const Json& line) { std::puts(writeJson(line).c_str()); }

Result<> describeFile(const std::filesystem::path& path, const std::optional<std::filesystem::path>& values)
{
    const auto file = InputFile::open(path);
    if (!file)
        return fail(file.error());
    const FileSource source{*file};
    const auto index = readTensorIndex(source);
    if (!index)
        return fail(index.error());
    print(Json{{"format", toText(index->format)}, {"metadata", index->metadata}});
    std::size_t number = 0;
    for (const TensorEntry& entry : index->tensors) {
        const auto target = values ? std::optional{*values / (std::to_string(number) + ".f32")} : std::nullopt;
        const auto line = describe(source, entry, index->format, target);
        if (!line)
            return fail(line.error());
        print(*line);
        ++number;
    }
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> arguments(argv + 1, argv + argc);
    std::optional<std::filesystem::path> values;
    if (arguments.size() == 3 && arguments.front() == "--values") {
        values = arguments[1];
        arguments.erase(arguments.begin(), arguments.begin() + 2);
    }
    if (arguments.size() != 1) {
        std::fputs("describe_tensors [--values FOLDER] FILE\n", stderr);
        return 2;
    }
    if (const auto described = describeFile(arguments.front(), values); !described) {
        print(Json{{"error", toText(described.error().code)}, {"detail", described.error().detail}});
        return 1;
    }
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion.h"
#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/catalog/scan/path_examination.h"
#include "model_engine/formats/tensor_elements.h"

#include <map>
#include <stdexcept>
#include <string>

namespace weightroom::test {

/// A tensor with its elements one behind the other.
struct ReadTensor {
    engine::Dtype dtype = engine::Dtype::Unknown;
    engine::Shape shape;
    std::string bytes;

    friend bool operator==(const ReadTensor&, const ReadTensor&) = default;
};

using ReadTensors = std::map<std::string, ReadTensor>;

/// All tensors of a model that must be readable, whatever its format.
[[nodiscard]] inline ReadTensors tensorsOf(const std::filesystem::path& path)
{
    const auto opened = engine::openModel(*engine::examinePath(path));
    if (!opened)
        throw std::runtime_error("cannot read " + path.string() + ": " + engine::describe(opened.error()));
    ReadTensors tensors;
    for (const engine::TensorEntry& entry : opened->index.tensors) {
        ReadTensor& tensor = tensors[entry.name];
        tensor.dtype = entry.dtype;
        tensor.shape = entry.shape;
        const auto take = [&](std::span<const std::byte> bytes) -> engine::Result<> {
            tensor.bytes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            return {};
        };
        if (auto read = engine::readElements(opened->files.source(entry.file), entry, take); !read)
            throw std::runtime_error("cannot read " + entry.name + ": " + engine::describe(read.error()));
    }
    return tensors;
}

[[nodiscard]] inline std::map<std::string, std::string, std::less<>> metadataOf(const std::filesystem::path& path)
{
    return engine::openModel(*engine::examinePath(path)).value().index.metadata;
}

/// Converts what lies at `source`; `request` has the rest.
[[nodiscard]] inline engine::Result<engine::ConversionReport> convert(
    const std::filesystem::path& source, const engine::ConversionRequest& request,
    const engine::ConversionProgress& progress = [](engine::Bytes, engine::Bytes) {}, std::stop_token stop = {})
{
    return engine::convertModel(*engine::examinePath(source), request, {.progress = progress, .stop = std::move(stop)});
}

} // namespace weightroom::test

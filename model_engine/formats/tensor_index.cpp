// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/tensor_index.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr auto kNameOf = [](const TensorEntry* entry) -> std::string_view { return entry->name; };

} // namespace

std::string_view toText(FileFormat format)
{
    switch (format) {
    case FileFormat::Safetensors:
        return "safetensors";
    case FileFormat::Diffusers:
        return "diffusers";
    case FileFormat::Gguf:
        return "gguf";
    case FileFormat::TorchZip:
        return "torch-zip";
    case FileFormat::TorchLegacy:
        return "torch-legacy";
    case FileFormat::Unknown:
        break;
    }
    return "unknown";
}

Shape fileShape(const TensorEntry& entry, FileFormat format)
{
    Shape shape = entry.shape;
    if (format == FileFormat::Gguf)
        std::ranges::reverse(shape.dimensions);
    return shape;
}

std::string_view fileDtypeName(Dtype dtype, FileFormat format)
{
    const DtypeTraits& traits = traitsOf(dtype);
    std::string_view name;
    if (format == FileFormat::Safetensors || format == FileFormat::Diffusers)
        name = traits.safetensorsName;
    if (format == FileFormat::Gguf)
        name = traits.ggufName;
    return name.empty() ? traits.name : name;
}

Bytes contiguousSize(const TensorEntry& entry)
{
    if (entry.isContiguous())
        return entry.range.size;
    // A reader has checked that neither product overflows.
    return bytesOf(entry.dtype, entry.shape.elements().value_or(0)).value_or(Bytes{});
}

TensorLookup::TensorLookup(const TensorIndex& index)
{
    m_byName.reserve(index.tensors.size());
    for (const TensorEntry& entry : index.tensors)
        m_byName.push_back(&entry);
    std::ranges::sort(m_byName, {}, kNameOf);
}

const TensorEntry* TensorLookup::find(std::string_view name) const
{
    const auto found = std::ranges::lower_bound(m_byName, name, {}, kNameOf);
    return found != m_byName.end() && (*found)->name == name ? *found : nullptr;
}

const TensorEntry* TensorLookup::firstWithPrefix(std::string_view prefix) const
{
    const auto found = std::ranges::lower_bound(m_byName, prefix, {}, kNameOf);
    return found != m_byName.end() && (*found)->name.starts_with(prefix) ? *found : nullptr;
}

} // namespace weightroom::engine

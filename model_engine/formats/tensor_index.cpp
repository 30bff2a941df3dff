// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/tensor_index.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr auto kNameOf = [](const TensorEntry* entry) -> std::string_view { return entry->name; };

struct TorchName {
    Dtype dtype;
    std::string_view name; ///< without "torch."
};

constexpr std::array kTorchNames{
    TorchName{Dtype::Bool, "bool"},
    TorchName{Dtype::U8, "uint8"},
    TorchName{Dtype::I8, "int8"},
    TorchName{Dtype::U16, "uint16"},
    TorchName{Dtype::I16, "int16"},
    TorchName{Dtype::U32, "uint32"},
    TorchName{Dtype::I32, "int32"},
    TorchName{Dtype::U64, "uint64"},
    TorchName{Dtype::I64, "int64"},
    TorchName{Dtype::F16, "float16"},
    TorchName{Dtype::Bf16, "bfloat16"},
    TorchName{Dtype::F32, "float32"},
    TorchName{Dtype::F64, "float64"},
    TorchName{Dtype::C64, "complex64"},
    TorchName{Dtype::F8E4M3, "float8_e4m3fn"},
    TorchName{Dtype::F8E5M2, "float8_e5m2"},
    TorchName{Dtype::F8E4M3Fnuz, "float8_e4m3fnuz"},
    TorchName{Dtype::F8E5M2Fnuz, "float8_e5m2fnuz"},
    TorchName{Dtype::F8E8M0, "float8_e8m0fnu"},
};

/// Empty for a type that torch does not have.
std::string_view torchNameOf(Dtype dtype)
{
    const auto* const row = std::ranges::find(kTorchNames, dtype, &TorchName::dtype);
    return row == kTorchNames.end() ? std::string_view{} : row->name;
}

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
    if (format == FileFormat::TorchZip || format == FileFormat::TorchLegacy)
        name = torchNameOf(dtype);
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

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/precision.h"
#include "tests/model_engine/loader/load_rig.h"

#include <bit>
#include <map>
#include <string>
#include <vector>

namespace weightroom::test {

/// Numbers between -4 and 4, as bytes of fp32; the same for the same name.
[[nodiscard]] inline std::string floatBytes(const std::string& name, std::size_t count)
{
    std::string bytes(count * sizeof(float), '\0');
    std::uint32_t state = 2166136261U;
    for (const char letter : name)
        state = (state ^ static_cast<unsigned char>(letter)) * 16777619U;
    for (std::size_t i = 0; i < count; ++i) {
        state = state * 1664525U + 1013904223U;
        const float number = static_cast<float>(state >> 8U) / static_cast<float>(1U << 21U) - 4.0F;
        const auto bits = std::bit_cast<std::array<char, sizeof(float)>>(number);
        std::ranges::copy(bits, bytes.begin() + static_cast<std::ptrdiff_t>(i * sizeof(float)));
    }
    return bytes;
}

/// Bytes of one type, brought to another.
[[nodiscard]] inline std::string convertedBytes(
    engine::Dtype from, const std::string& stored, engine::Dtype to, engine::PrecisionLoss& loss)
{
    const std::uint64_t elements =
        stored.size() * 8 / engine::traitsOf(from).bitsPerBlock * engine::traitsOf(from).elementsPerBlock;
    std::string converted(elements * engine::traitsOf(to).bitsPerBlock / 8, '\0');
    const auto done = engine::convertElements(
        from, std::as_bytes(std::span{stored}), to, std::as_writable_bytes(std::span{converted}), loss);
    if (!done)
        throw std::runtime_error(engine::describe(done.error()));
    return converted;
}
[[nodiscard]] inline std::string convertedBytes(engine::Dtype from, const std::string& stored, engine::Dtype to)
{
    engine::PrecisionLoss loss;
    return convertedBytes(from, stored, to, loss);
}

/// A tensor of one dimension.
struct NumberTensor {
    std::string name;
    engine::Dtype dtype = engine::Dtype::F32;
    std::string bytes;
};

[[nodiscard]] inline NumberTensor floats(const std::string& name, std::size_t count)
{
    return {name, engine::Dtype::F32, floatBytes(name, count)};
}

/// Loads models of numbers.
class PrecisionRig : public LoadRig {
public:
    PrecisionRig()
        : LoadRig(engine::kMiB * 64, engine::kMiB * 64)
    {
    }

    /// Components are "unet" and "vae", by the names of the tensors.
    engine::ModelRecordPtr write(const std::string& name, const std::vector<NumberTensor>& tensors)
    {
        static const std::map<engine::Dtype, std::string> kNames{{engine::Dtype::F32, "F32"},
            {engine::Dtype::F16, "F16"}, {engine::Dtype::Bf16, "BF16"}, {engine::Dtype::I64, "I64"}};
        SafetensorsBuilder builder;
        std::uint64_t end = 0;
        for (const NumberTensor& tensor : tensors) {
            const std::uint64_t width = engine::traitsOf(tensor.dtype).bitsPerBlock / 8;
            builder.entry(
                tensor.name, kNames.at(tensor.dtype), {tensor.bytes.size() / width}, end, end + tensor.bytes.size());
            builder.data(tensor.bytes);
            end += tensor.bytes.size();
        }
        return recordOf(folder.write(name + ".safetensors", builder.build()),
            {{"unet", engine::ComponentKind::Unet}, {"vae", engine::ComponentKind::Vae}});
    }

    /// To the device, verified.
    [[nodiscard]] engine::LoadRequest as(engine::ModelRecordPtr record, engine::WantedPrecision precision)
    {
        engine::LoadRequest wanted{.model = std::move(record)};
        wanted.lane = &lane;
        wanted.verification = engine::Verification::ReadBack;
        wanted.precision = {.precision = precision};
        return wanted;
    }
    [[nodiscard]] std::string onDevice(const engine::StoredTensor& tensor)
    {
        std::string bytes(tensor.size().value, '\0');
        if (!device.download(tensor.address(), std::as_writable_bytes(std::span{bytes})))
            return "could not be read";
        return bytes;
    }
    /// The tensor of a loaded model.
    [[nodiscard]] static const engine::StoredTensor& tensorOf(
        const engine::LoadOutcome& outcome, const std::string& name)
    {
        for (const engine::LoadedComponentPtr& component : outcome.loaded) {
            for (const engine::StoredTensor& tensor : component->weights.tensors) {
                if (tensor.name == name)
                    return tensor;
            }
        }
        throw std::runtime_error("no tensor " + name);
    }
};

} // namespace weightroom::test

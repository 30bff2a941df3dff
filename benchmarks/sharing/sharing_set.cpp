// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/sharing/sharing_set.h"

#include "model_engine/catalog/blueprints/flux.h"
#include "model_engine/catalog/blueprints/ldm.h"
#include "model_engine/catalog/blueprints/text_encoders.h"
#include "model_engine/catalog/samples/sample_content.h"
#include "model_engine/core/system/random_bits.h"
#include "model_engine/formats/safetensors/safetensors_writer.h"
#include "model_engine/memory/contents/content_hash.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace weightroom::benchmarks {
namespace {

using engine::Blueprint;
using engine::Dtype;
using engine::Result;
using engine::TensorBlueprint;

constexpr std::string_view kClipLWeights = "clip_l";
constexpr std::string_view kT5Weights = "t5xxl";
constexpr std::string_view kSdxlVaeWeights = "vae_sdxl";

/// What LoRAs of the usual scripts change at least.
bool isAttention(const TensorBlueprint& tensor)
{
    return tensor.name.find(".attn") != std::string::npos && tensor.name.ends_with(".weight");
}

/// As bitsandbytes stores them: two weights a byte, and a scale for each 64 of them.
Blueprint inFourBits(const Blueprint& blueprint)
{
    constexpr std::uint64_t kScaled = 64;
    Blueprint packed;
    for (TensorBlueprint tensor : blueprint) {
        const std::uint64_t elements = tensor.shape.elements().value_or(0);
        if (tensor.shape.rank() == 2 && elements % kScaled == 0) {
            packed.push_back({tensor.name + ".absmax", Dtype::F32, {{elements / kScaled}}, tensor.origin + ".absmax"});
            tensor.dtype = Dtype::U8;
            tensor.shape = {{elements / 2, 1}};
        }
        packed.push_back(std::move(tensor));
    }
    return packed;
}

class SetWriter {
public:
    SetWriter(const std::filesystem::path& folder, std::uint64_t divisor, const std::stop_token& stop)
        : m_folder(folder)
        , m_divisor(divisor)
        , m_stop(stop)
    {
    }

    Result<> run()
    {
        Blueprint merged = unet("unet_base");
        for (TensorBlueprint& tensor : merged) {
            if (isAttention(tensor))
                tensor.origin = "unet_merge/" + tensor.name;
        }
        const std::pair<const char*, Blueprint> files[] = {
            {"base-models/sdxl-base", sdxl(unet("unet_base"))},
            {"base-models/sdxl-finetune", sdxl(unet("unet_finetune"))},
            {"base-models/sdxl-merge", sdxl(std::move(merged))},
            {"base-models/flux-dev-nf4", flux(engine::FluxRelease::Dev, "flux_dev")},
            {"base-models/flux-schnell-nf4", flux(engine::FluxRelease::Schnell, "flux_schnell")},
            {"vaes/sdxl-vae", sdxlVae("")},
            {"text-encoders/t5xxl-fp8", t5("")},
            {"text-encoders/clip-l", clipL("")},
        };
        for (const auto& [name, blueprint] : files) {
            if (auto written = write(m_folder / (std::string{name} + ".safetensors"), blueprint); !written)
                return written;
        }
        return {};
    }

private:
    [[nodiscard]] Blueprint part(Blueprint blueprint, std::string_view prefix, std::string_view weights) const
    {
        return engine::placed(engine::shrunk(std::move(blueprint), m_divisor), prefix, weights);
    }
    [[nodiscard]] Blueprint unet(std::string_view weights) const
    {
        return part(engine::ldmUnet(engine::sdxlUnet(), Dtype::F16), "model.diffusion_model.", weights);
    }
    [[nodiscard]] Blueprint sdxlVae(std::string_view prefix) const
    {
        return part(engine::autoencoder(engine::Autoencoder::KlF8, Dtype::F16), prefix, kSdxlVaeWeights);
    }
    [[nodiscard]] Blueprint clipL(std::string_view prefix) const
    {
        return part(engine::transformersClip(engine::kClipL, Dtype::F16), prefix, kClipLWeights);
    }
    [[nodiscard]] Blueprint t5(std::string_view prefix) const
    {
        return part(engine::t5Xxl(Dtype::F8E4M3), prefix, kT5Weights);
    }
    [[nodiscard]] Blueprint sdxl(Blueprint unet) const
    {
        return engine::joined({
            std::move(unet),
            sdxlVae("first_stage_model."),
            clipL("conditioner.embedders.0.transformer."),
            part(engine::openClip(engine::kClipG, Dtype::F16), "conditioner.embedders.1.model.", "clip_g"),
        });
    }
    [[nodiscard]] Blueprint flux(engine::FluxRelease release, std::string_view weights) const
    {
        return engine::joined({
            inFourBits(part(engine::fluxTransformer(release, Dtype::Bf16), "model.diffusion_model.", weights)),
            part(engine::autoencoder(engine::Autoencoder::Flux, Dtype::Bf16), "vae.", "vae_flux"),
            t5("text_encoders.t5xxl.transformer."),
            clipL("text_encoders.clip_l.transformer."),
        });
    }

    /// Packed types have no numbers that could be spread: any bytes will do.
    static Result<> fill(const TensorBlueprint& tensor, std::uint64_t offset, std::span<std::byte> block)
    {
        if (tensor.dtype != Dtype::U8 && tensor.dtype != Dtype::F8E4M3)
            return fillSample(tensor, offset, block);
        const std::uint64_t seed = engine::digestOf(std::as_bytes(std::span{tensor.origin})).hash.low;
        for (std::uint64_t number = offset / sizeof seed; !block.empty(); ++number) {
            const std::uint64_t word = engine::randomBits(seed, number);
            const std::size_t size = std::min(block.size(), sizeof word);
            std::memcpy(block.data(), &word, size);
            block = block.subspan(size);
        }
        return {};
    }

    Result<> write(const std::filesystem::path& path, Blueprint blueprint) const
    {
        std::error_code failed;
        if (std::filesystem::exists(path, failed))
            return {};
        std::filesystem::create_directories(path.parent_path(), failed);
        // Wide types first, as the reference library writes, so that every element lies aligned.
        std::ranges::stable_sort(blueprint, std::greater{},
            [](const TensorBlueprint& tensor) { return engine::traitsOf(tensor.dtype).bitsPerBlock; });
        engine::SafetensorsPlan plan;
        for (const TensorBlueprint& tensor : blueprint)
            plan.tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
        const auto filler = [&](std::size_t tensor, std::uint64_t offset, std::span<std::byte> block) {
            return fill(blueprint[tensor], offset, block);
        };
        auto written = writeSafetensors(path, plan, filler, m_stop);
        return written ? Result<>{} : Result<>(engine::fail(std::move(written).error()));
    }

    const std::filesystem::path& m_folder;
    const std::uint64_t m_divisor;
    const std::stop_token& m_stop;
};

} // namespace

Result<> writeSharingSet(const std::filesystem::path& folder, std::uint64_t divisor, const std::stop_token& stop)
{
    return SetWriter{folder, divisor, stop}.run();
}

} // namespace weightroom::benchmarks

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/compatibility/compatibility.h"

#include "model_engine/catalog/compatibility/base_needs.h"
#include "model_engine/catalog/compatibility/vision_features.h"
#include "model_engine/catalog/text_table.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array kVerdicts{
    TextRow{Verdict::None, "none"},
    TextRow{Verdict::Incompatible, "incompatible"},
    TextRow{Verdict::Perhaps, "perhaps"},
    TextRow{Verdict::Compatible, "compatible"},
};
static_assert(isComplete(kVerdicts, Verdict::Compatible));

using Reason = CompatibilityReason;
constexpr std::array kReasons{
    TextRow{Reason::None, "none"},
    TextRow{Reason::SameArchitecture, "same_architecture"},
    TextRow{Reason::SameVariant, "same_variant"},
    TextRow{Reason::OtherArchitecture, "other_architecture"},
    TextRow{Reason::OtherVariant, "other_variant"},
    TextRow{Reason::VariantUnknown, "variant_unknown"},
    TextRow{Reason::ReducedModel, "reduced_model"},
    TextRow{Reason::RelatedArchitecture, "related_architecture"},
    TextRow{Reason::AmongCandidates, "among_candidates"},
    TextRow{Reason::NotAmongCandidates, "not_among_candidates"},
    TextRow{Reason::BaseUnknown, "base_unknown"},
    TextRow{Reason::SameLatents, "same_latents"},
    TextRow{Reason::OtherLatents, "other_latents"},
    TextRow{Reason::OtherLatentChannels, "other_latent_channels"},
    TextRow{Reason::OnlyHalf, "only_half"},
    TextRow{Reason::UsedEncoder, "used_encoder"},
    TextRow{Reason::UnusedEncoder, "unused_encoder"},
    TextRow{Reason::OtherEncoderSize, "other_encoder_size"},
    TextRow{Reason::SameFeatures, "same_features"},
    TextRow{Reason::OtherFeatures, "other_features"},
    TextRow{Reason::FeaturesUnknown, "features_unknown"},
    TextRow{Reason::NoFeatures, "no_features"},
};
static_assert(isComplete(kReasons, Reason::NoFeatures));

/// SDXL's of which blocks were left out and the rest trained anew.
constexpr std::array<std::string_view, 4> kReducedSdxl{"ssd-1b", "segmind-vega", "koala-700m", "koala-1b"};

std::string quoted(Architecture architecture) { return "'" + std::string{toText(architecture)} + "'"; }

std::string listOf(const std::vector<Architecture>& architectures)
{
    std::string text;
    for (const Architecture architecture : architectures)
        text += (text.empty() ? "" : ", ") + std::string{toText(architecture)};
    return text;
}

bool contains(const std::vector<Architecture>& architectures, Architecture wanted)
{
    return std::ranges::find(architectures, wanted) != architectures.end();
}

/// What changes a base, or is added to it, layer by layer: its shapes have to be the base's.
bool isPatch(ModelKind kind)
{
    constexpr std::array kPatches{ModelKind::Lora, ModelKind::Controlnet, ModelKind::T2iAdapter, ModelKind::IpAdapter,
        ModelKind::TextualInversion, ModelKind::Hypernetwork, ModelKind::MotionModule};
    return std::ranges::find(kPatches, kind) != kPatches.end();
}

/// Chroma is Flux schnell without some layers.
bool areRelated(Architecture patch, Architecture base)
{
    return patch == Architecture::Flux && base == Architecture::Chroma;
}

/// Of one architecture: whether the size is right too.
Compatibility sameArchitecture(const Identification& patch, const Identification& base)
{
    // A LoRA says which size of its base it fits; of the others the variant may.
    const std::string& size = patch.baseVariant;
    if (std::ranges::find(kReducedSdxl, base.variant) != kReducedSdxl.end())
        return {Verdict::Perhaps, Reason::ReducedModel, "'" + base.variant + "' has fewer layers than SDXL"};
    if (size.empty() && base.architecture == Architecture::Flux2 && patch.kind == ModelKind::Lora)
        return {Verdict::Perhaps, Reason::VariantUnknown, "which size of Flux.2 it is for does not show"};
    if (size.empty())
        return {Verdict::Compatible, Reason::SameArchitecture, "both are " + quoted(base.architecture)};
    if (base.variant.empty() || base.variant == "unknown-variant")
        return {
            Verdict::Perhaps, Reason::VariantUnknown, "it is for '" + size + "'; the size of the model is not known"};
    if (isFlavourOf(base.variant, size))
        return {Verdict::Compatible, Reason::SameVariant, "both are " + quoted(base.architecture) + " '" + size + "'"};
    return {
        Verdict::Incompatible, Reason::OtherVariant, "it is for '" + size + "', the model is '" + base.variant + "'"};
}

Compatibility openArchitecture(const Identification& part, Architecture base)
{
    if (part.candidates.empty())
        return {Verdict::Perhaps, Reason::BaseUnknown, "what it belongs to does not show in its tensors"};
    if (contains(part.candidates, base))
        return {Verdict::Perhaps, Reason::AmongCandidates, "it may be for any of these: " + listOf(part.candidates)};
    return {Verdict::Incompatible, Reason::NotAmongCandidates,
        "it is for one of these: " + listOf(part.candidates) + "; the model is " + quoted(base)};
}

Compatibility patchOn(const Identification& patch, const Identification& base)
{
    if (patch.architecture == Architecture::Unknown)
        return openArchitecture(patch, base.architecture);
    if (patch.architecture == base.architecture)
        return sameArchitecture(patch, base);
    if (areRelated(patch.architecture, base.architecture))
        return {Verdict::Perhaps, Reason::RelatedArchitecture,
            quoted(base.architecture) + " was made from " + quoted(patch.architecture) + ", and most layers fit"};
    return {Verdict::Incompatible, Reason::OtherArchitecture,
        "it is for " + quoted(patch.architecture) + ", the model is " + quoted(base.architecture)};
}

/// 0: not known. Wan 2.2's VAE has the architecture of Wan 2.1's and three times as many.
std::uint32_t channelsOf(const Identification& vae)
{
    constexpr std::uint32_t kWan22Channels = 48;
    if (vae.architecture == Architecture::Wan && vae.variant == "2.2")
        return kWan22Channels;
    if (vae.architecture != Architecture::Unknown)
        return latentChannelsOf(vae.architecture);
    return vae.candidates.empty() ? 0 : latentChannelsOf(vae.candidates.front());
}

std::optional<Compatibility> otherChannels(const Identification& vae, const BaseNeeds& needs)
{
    const std::uint32_t channels = channelsOf(vae);
    if (channels == 0 || needs.latentChannels == 0 || channels == needs.latentChannels)
        return std::nullopt;
    return Compatibility{Verdict::Incompatible, Reason::OtherLatentChannels,
        "it has " + std::to_string(channels) + " latent channels, the model needs "
            + std::to_string(needs.latentChannels)};
}

Compatibility otherLatents(const std::string& vae, const BaseNeeds& needs)
{
    return {Verdict::Incompatible, Reason::OtherLatents,
        "it is the VAE of " + vae + ", the model needs that of " + quoted(needs.vae)};
}

bool isHalf(const Identification& vae)
{
    return vae.variant == "taesd-decoder" || vae.variant == "taesd-encoder" || vae.variant == "decoder";
}

Compatibility openVae(const Identification& vae, const BaseNeeds& needs)
{
    if (vae.candidates.empty())
        return {Verdict::Perhaps, Reason::BaseUnknown, "whose VAE it is does not show in its tensors"};
    const auto fits = [&needs](Architecture candidate) { return shareLatents(candidate, needs.vae); };
    if (std::ranges::none_of(vae.candidates, fits))
        return otherLatents("one of these: " + listOf(vae.candidates), needs);
    return {
        Verdict::Perhaps, Reason::AmongCandidates, "its structure is that of several VAEs: " + listOf(vae.candidates)};
}

Compatibility vaeOn(const Identification& vae, const Identification& base)
{
    const BaseNeeds* needs = needsOf(base);
    if (auto other = needs == nullptr ? std::nullopt : otherChannels(vae, *needs))
        return std::move(*other);
    if (needs == nullptr || needs->vae == Architecture::Unknown)
        return {Verdict::Perhaps, Reason::BaseUnknown,
            "which VAE " + quoted(base.architecture) + " needs is not known here"};
    if (vae.architecture == Architecture::Unknown)
        return openVae(vae, *needs);
    if (!shareLatents(vae.architecture, needs->vae))
        return otherLatents(quoted(vae.architecture), *needs);
    if (isHalf(vae))
        return {Verdict::Perhaps, Reason::OnlyHalf, "it is one half of a VAE"};
    return {Verdict::Compatible, Reason::SameLatents,
        "the latents of " + quoted(base.architecture) + " are those of " + quoted(vae.architecture)};
}

Compatibility encoderOn(const Identification& encoder, const Identification& base)
{
    const BaseNeeds* needs = needsOf(base);
    if (needs == nullptr || needs->encoders.front().architecture == Architecture::Unknown)
        return {Verdict::Perhaps, Reason::BaseUnknown,
            "which text encoders " + quoted(base.architecture) + " needs is not known here"};
    if (encoder.architecture == Architecture::Unknown)
        return {Verdict::Perhaps, Reason::BaseUnknown, "which text encoder it is does not show"};
    const auto need = std::ranges::find(needs->encoders, encoder.architecture, &EncoderNeed::architecture);
    if (need == needs->encoders.end())
        return {Verdict::Incompatible, Reason::UnusedEncoder,
            quoted(base.architecture) + " does not use " + quoted(encoder.architecture)};
    if (!need->variant.empty() && !encoder.variant.empty() && !isFlavourOf(encoder.variant, need->variant))
        return {Verdict::Incompatible, Reason::OtherEncoderSize,
            "it has the size '" + encoder.variant + "', the model uses '" + std::string{need->variant} + "'"};
    return {
        Verdict::Compatible, Reason::UsedEncoder, quoted(base.architecture) + " uses " + quoted(encoder.architecture)};
}

std::optional<Compatibility> partOn(const Identification& part, const Identification& base)
{
    if (base.architecture == Architecture::Unknown)
        return Compatibility{Verdict::Perhaps, Reason::BaseUnknown, "the architecture of the model is not known"};
    if (isPatch(part.kind))
        return patchOn(part, base);
    if (part.kind == ModelKind::Vae)
        return vaeOn(part, base);
    if (part.kind == ModelKind::TextEncoder)
        return encoderOn(part, base);
    return std::nullopt;
}

bool isPart(ModelKind kind) { return isPatch(kind) || kind == ModelKind::Vae || kind == ModelKind::TextEncoder; }

} // namespace

std::string_view toText(Verdict verdict) { return textOf(kVerdicts, verdict); }

std::string_view toText(CompatibilityReason reason) { return textOf(kReasons, reason); }

std::optional<Verdict> verdictFromText(std::string_view text) { return valueOf(kVerdicts, text); }

bool isBase(const Identification& model)
{
    return model.kind == ModelKind::Checkpoint || model.kind == ModelKind::DiffusionModel;
}

std::optional<Compatibility> compatibilityOf(const Identification& a, const Identification& b)
{
    if (isBase(a) && isPart(b.kind))
        return partOn(b, a);
    if (isBase(b) && isPart(a.kind))
        return partOn(a, b);
    if (a.kind == ModelKind::IpAdapter && b.kind == ModelKind::ClipVision)
        return featuresFor(a, b);
    if (b.kind == ModelKind::IpAdapter && a.kind == ModelKind::ClipVision)
        return featuresFor(b, a);
    return std::nullopt;
}

} // namespace weightroom::engine

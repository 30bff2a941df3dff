// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/rules/known_tensors.h"

#include "model_engine/catalog/blueprints/flux.h"
#include "model_engine/catalog/blueprints/ldm.h"
#include "model_engine/catalog/blueprints/text_encoders.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// Only names are used of the blueprints: any type will do.
constexpr Dtype kAny = Dtype::F16;

using Prefix = std::string_view;

// An unCLIP variant of SD2 has a label embedding; the marks tell samplers what the model predicts.
constexpr std::array<Prefix, 4> kOptionalInUnet{"label_emb.", "v_pred", "ztsnr", "edm_"};
constexpr std::array<Prefix, 3> kOptionalInSdxlUnet{"v_pred", "ztsnr", "edm_"};
constexpr std::array<Prefix, 1> kOptionalInControlnet{"difference"};
constexpr std::array<Prefix, 1> kOptionalInFlux{"guidance_in."}; // schnell has none
constexpr std::array<Prefix, 2> kOptionalInVae{"loss.", "model_ema."}; // left over from the training
// Older releases store position ids; a projection and the half for pictures come with complete CLIP models.
constexpr std::array<Prefix, 5> kOptionalInClip{
    "text_model.embeddings.position_ids", "text_projection", "logit_scale", "vision_model.", "visual_projection."};
constexpr std::array<Prefix, 4> kOptionalInOpenClip{"text_projection", "logit_scale", "attn_mask", "visual."};
// SD2 reads the layer before the last: some files have the last one and some do not.
constexpr std::array<Prefix, 5> kOptionalInOpenClipH{
    "text_projection", "logit_scale", "attn_mask", "visual.", "transformer.resblocks.23."};
constexpr std::array<Prefix, 4> kOptionalInT5{"shared.", "encoder.embed_tokens.", "spiece_model", "logit_scale"};

Blueprint sdUnet() { return ldmUnet(sd1Unet(), kAny); }
Blueprint sdxl() { return ldmUnet(sdxlUnet(), kAny); }
Blueprint refiner() { return ldmUnet(sdxlRefinerUnet(), kAny); }
Blueprint sdControlnet() { return ldmControlnet(sd1Unet(), kAny); }
Blueprint sdxlControlnet() { return ldmControlnet(sdxlUnet(), kAny); }
Blueprint flux() { return fluxTransformer(FluxRelease::Dev, kAny); }
Blueprint klF8Vae() { return autoencoder(Autoencoder::KlF8, kAny); }
Blueprint fluxVae() { return autoencoder(Autoencoder::Flux, kAny); }
Blueprint clipL() { return transformersClip(kClipL, kAny); }
Blueprint clipH() { return transformersClip(kOpenClipH, kAny); }
Blueprint clipG() { return transformersClip(kClipG, kAny); }
Blueprint openClipH() { return openClip(kOpenClipH, kAny); }
Blueprint openClipG() { return openClip(kClipG, kAny); }
Blueprint t5() { return t5Xxl(kAny); }

template <Blueprint (*make)(), const auto& optional>
const KnownTensors& kept()
{
    static const KnownTensors tensors{make(), optional};
    return tensors;
}

bool beginsWithAnyOf(std::string_view name, std::span<const std::string_view> prefixes)
{
    return std::ranges::any_of(prefixes, [name](std::string_view prefix) { return name.starts_with(prefix); });
}

} // namespace

KnownTensors::KnownTensors(const Blueprint& blueprint, std::span<const std::string_view> optional)
    : m_optional(optional)
{
    for (const TensorBlueprint& tensor : blueprint) {
        if (!beginsWithAnyOf(tensor.name, optional))
            m_required.push_back(tensor.name);
    }
    m_byName.reserve(m_required.size());
    for (const std::string& name : m_required)
        m_byName.insert(name);
}

KnownTensors::Membership KnownTensors::membershipOf(std::string_view name) const
{
    if (m_byName.contains(name))
        return Membership::Required;
    return beginsWithAnyOf(name, m_optional) ? Membership::Optional : Membership::Unknown;
}

const KnownTensors& sdUnetTensors() { return kept<sdUnet, kOptionalInUnet>(); }
const KnownTensors& sdxlUnetTensors() { return kept<sdxl, kOptionalInSdxlUnet>(); }
const KnownTensors& sdxlRefinerUnetTensors() { return kept<refiner, kOptionalInSdxlUnet>(); }
const KnownTensors& sdControlnetTensors() { return kept<sdControlnet, kOptionalInControlnet>(); }
const KnownTensors& sdxlControlnetTensors() { return kept<sdxlControlnet, kOptionalInControlnet>(); }
const KnownTensors& fluxTensors() { return kept<flux, kOptionalInFlux>(); }
const KnownTensors& klF8VaeTensors() { return kept<klF8Vae, kOptionalInVae>(); }
const KnownTensors& fluxVaeTensors() { return kept<fluxVae, kOptionalInVae>(); }
const KnownTensors& clipLTensors() { return kept<clipL, kOptionalInClip>(); }
const KnownTensors& clipHTensors() { return kept<clipH, kOptionalInClip>(); }
const KnownTensors& clipGTensors() { return kept<clipG, kOptionalInClip>(); }
const KnownTensors& openClipHTensors() { return kept<openClipH, kOptionalInOpenClipH>(); }
const KnownTensors& openClipGTensors() { return kept<openClipG, kOptionalInOpenClip>(); }
const KnownTensors& t5XxlTensors() { return kept<t5, kOptionalInT5>(); }

} // namespace weightroom::engine

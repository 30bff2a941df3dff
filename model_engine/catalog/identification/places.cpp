// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/places.h"

#include <string_view>

namespace weightroom::engine {
namespace {

using Places = std::vector<Place>;

constexpr std::array<std::string_view, 9> kDiffusion{"model.diffusion_model.", "diffusion_model.", "model.model.",
    "unet.", "transformer.", "net.", "module.", "model.", ""};
constexpr std::array<std::string_view, 4> kVae{"first_stage_model.", "vae.", "pretransform.model.", ""};
constexpr std::array<std::string_view, 2> kControlnet{"control_model.", ""};
constexpr std::array<std::string_view, 2> kAdapter{"adapter.", ""};
constexpr std::array<std::string_view, 3> kUpscaler{"params_ema.", "params.", ""};

struct Nested {
    std::string_view keys;
    std::string_view owned;
};

constexpr std::array kEncoders{
    Nested{"cond_stage_model.transformer.", "cond_stage_model."},
    Nested{"cond_stage_model.model.", "cond_stage_model."},
    Nested{"text_encoder.", "text_encoder."},
    Nested{"text_encoder_2.", "text_encoder_2."},
    Nested{"text_encoder_3.", "text_encoder_3."},
    Nested{"image_encoder.", "image_encoder."},
    Nested{"clip_l_vision.", "clip_l_vision."}, // Stable Cascade
    Nested{"embedder.model.", "embedder."}, // unCLIP
    Nested{"", ""},
};

/// Checkpoints of several encoders: any number, or any name, stands between `list` and what wraps the encoder.
struct EncoderList {
    std::string_view list;
    std::span<const std::string_view> wrappers;
};
constexpr std::array<std::string_view, 3> kEmbedderWrappers{"transformer.", "model.", "open_clip.model."};
constexpr std::array<std::string_view, 2> kTextEncoderWrappers{"transformer.", ""};
constexpr std::array kEncoderLists{
    EncoderList{"conditioner.embedders.", kEmbedderWrappers},
    EncoderList{"text_encoders.", kTextEncoderWrappers},
};
/// More than any checkpoint has.
constexpr std::size_t kMostEncoders = 8;

/// Where a language model keeps "layers.0.…", within its place.
constexpr std::array<std::string_view, 6> kLanguageRoots{
    "model.", "", "model.language_model.", "language_model.model.", "language_model.", "transformer.model."};
constexpr std::string_view kLanguageKey = "layers.0.input_layernorm.weight";

Places present(const HeaderView& header, std::span<const std::string_view> prefixes)
{
    Places places;
    for (const std::string_view prefix : prefixes) {
        if (prefix.empty() || header.mayHave(prefix))
            places.push_back({std::string{prefix}, std::string{prefix}});
    }
    return places;
}

void addList(Places& places, const HeaderView& header, const EncoderList& encoders)
{
    for (const std::string_view name : header.namesBelow(encoders.list, kMostEncoders)) {
        const std::string owned = std::string{encoders.list}.append(name).append(".");
        for (const std::string_view wrapper : encoders.wrappers)
            places.push_back({owned + std::string{wrapper}, owned});
    }
}

Places encoderPlaces(const HeaderView& header)
{
    Places places;
    for (const EncoderList& encoders : kEncoderLists)
        addList(places, header, encoders);
    for (const Nested& place : kEncoders) {
        if (place.keys.empty() || header.mayHave(place.keys))
            places.push_back({std::string{place.keys}, std::string{place.owned}});
    }
    return places;
}

Places languagePlaces(const HeaderView& header, const Places& encoders)
{
    Places places;
    for (const Place& encoder : encoders) {
        for (const std::string_view root : kLanguageRoots) {
            std::string keys = encoder.keys + std::string{root};
            if (header.find(keys, kLanguageKey) != nullptr)
                places.push_back({std::move(keys), encoder.owned});
        }
    }
    return places;
}

} // namespace

PlaceTable::PlaceTable(const HeaderView& header)
{
    const auto set = [this](PlaceSet which) -> Places& { return m_sets[static_cast<std::size_t>(which)]; };
    set(PlaceSet::Whole) = {Place{}};
    set(PlaceSet::Diffusion) = present(header, kDiffusion);
    set(PlaceSet::Vae) = present(header, kVae);
    set(PlaceSet::Controlnet) = present(header, kControlnet);
    set(PlaceSet::Adapter) = present(header, kAdapter);
    set(PlaceSet::Upscaler) = present(header, kUpscaler);
    set(PlaceSet::Encoder) = encoderPlaces(header);
    set(PlaceSet::Language) = languagePlaces(header, set(PlaceSet::Encoder));
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/metadata_rules.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::string_view kArchitecture = "modelspec.architecture";
constexpr std::string_view kPrediction = "modelspec.prediction_type";
constexpr std::string_view kTrainedOn = "ss_base_model_version"; // kohya
constexpr std::string_view kGguf = "general.architecture";

using enum PredictionType;

constexpr std::array kRules{
    MetadataRule{kPrediction, "v", Architecture::Unknown, VPrediction},
    MetadataRule{kPrediction, "epsilon", Architecture::Unknown, Epsilon},
    MetadataRule{kArchitecture, "stable-diffusion-v2-768-v", Architecture::Sd2, VPrediction},
    MetadataRule{kArchitecture, "stable-diffusion-v2-512", Architecture::Sd2, Epsilon},
    MetadataRule{kArchitecture, "stable-diffusion-v1", Architecture::Sd1},
    MetadataRule{kArchitecture, "stable-diffusion-xl-v1-refiner", Architecture::SdxlRefiner},
    MetadataRule{kArchitecture, "stable-diffusion-xl-v1", Architecture::Sdxl},
    MetadataRule{kArchitecture, "stable-diffusion-v3.5", Architecture::Sd35},
    MetadataRule{kArchitecture, "stable-diffusion-v3", Architecture::Sd3},
    MetadataRule{kArchitecture, "stable-diffusion-3", Architecture::Sd3},
    MetadataRule{kArchitecture, "flux-1", Architecture::Flux},
    MetadataRule{kArchitecture, "flux-2", Architecture::Flux2},
    MetadataRule{kArchitecture, "chroma", Architecture::Chroma},
    MetadataRule{kArchitecture, "lumina-2", Architecture::Lumina2},
    MetadataRule{kArchitecture, "qwen-image", Architecture::QwenImage},
    MetadataRule{kArchitecture, "wan", Architecture::Wan},
    MetadataRule{kArchitecture, "anima", Architecture::Anima},
    MetadataRule{kTrainedOn, "sdxl_", Architecture::Sdxl},
    MetadataRule{kTrainedOn, "sd_v1", Architecture::Sd1},
    MetadataRule{kTrainedOn, "sd_v2", Architecture::Sd2},
    MetadataRule{kTrainedOn, "sd3", Architecture::Sd3},
    MetadataRule{kTrainedOn, "flux1", Architecture::Flux},
    MetadataRule{kTrainedOn, "flux2", Architecture::Flux2},
};

/// Lower than what any layer says: a program wrote it, and nobody checked.
constexpr double kClaimed = 0.6;

std::string_view valueOf(const HeaderMetadata& metadata, std::string_view field)
{
    const auto found = metadata.find(field);
    return found == metadata.end() ? std::string_view{} : std::string_view{found->second};
}

void addEvidence(Identification& identified, std::string_view rule, std::string_view field, std::string_view value)
{
    constexpr std::size_t kShown = 64;
    identified.evidence.push_back({std::string{rule}, std::string{field}, std::string{value.substr(0, kShown)}});
}

/// A VAE or a LoRA whose base is open, or one of some.
bool canBe(const Identification& identified, Architecture architecture)
{
    const bool isOpen = identified.kind == ModelKind::Lora || identified.kind == ModelKind::Vae
        || identified.kind == ModelKind::Controlnet;
    if (!isOpen || identified.architecture != Architecture::Unknown || architecture == Architecture::Unknown)
        return false;
    return identified.candidates.empty()
        ? identified.kind != ModelKind::Vae
        : std::ranges::find(identified.candidates, architecture) != identified.candidates.end();
}

bool isDiffusionModel(const Identification& identified)
{
    return identified.kind == ModelKind::Checkpoint || identified.kind == ModelKind::DiffusionModel;
}

void apply(Identification& identified, const MetadataRule& rule, std::string_view value)
{
    if (canBe(identified, rule.architecture)) {
        identified.architecture = rule.architecture;
        identified.candidates.clear();
        identified.confidence = kClaimed;
        addEvidence(identified, "metadata.architecture", rule.field, value);
    }
    const bool saysMore = rule.prediction != Unknown && rule.prediction != identified.prediction;
    const bool isOfThisModel =
        rule.architecture == Architecture::Unknown || rule.architecture == identified.architecture;
    if (saysMore && isOfThisModel && isDiffusionModel(identified)) {
        identified.prediction = rule.prediction;
        addEvidence(identified, "metadata.prediction", rule.field, value);
    }
}

} // namespace

std::span<const MetadataRule> metadataRules() { return kRules; }

void addMetadata(Identification& identified, const HeaderMetadata& metadata)
{
    if (metadata.empty())
        return;
    for (const std::string_view field : {kArchitecture, kTrainedOn, kPrediction}) {
        const std::string_view value = valueOf(metadata, field);
        const auto rule = std::ranges::find_if(kRules, [&](const MetadataRule& candidate) {
            return candidate.field == field && !value.empty() && value.starts_with(candidate.beginning);
        });
        if (rule != kRules.end())
            apply(identified, *rule, value);
    }
    if (const std::string_view claimed = valueOf(metadata, kGguf); !claimed.empty())
        addEvidence(identified, "gguf.architecture", kGguf, claimed);
}

} // namespace weightroom::engine

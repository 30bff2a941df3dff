// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/compatibility/vision_features.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace weightroom::engine {
namespace {

/// How a variant ends (rules/adapter_rules.cpp), whose features that are, and how wide they are: projected, and as they
/// come out of the last hidden layer.
struct FeatureRow {
    std::string_view ending;
    Architecture encoder;
    std::string_view title;
    std::string_view widths;
};
constexpr std::array kFeatures{
    FeatureRow{"vit-l", Architecture::ClipL, "CLIP ViT-L", "768 or 1024"},
    FeatureRow{"vit-h", Architecture::ClipH, "CLIP ViT-H", "1024 or 1280"},
    FeatureRow{"vit-bigg", Architecture::ClipG, "CLIP ViT-bigG", "1280 or 1664"},
    FeatureRow{"siglip", Architecture::Siglip, "SigLIP so400m", "1152"},
};
/// Recognises faces with a network of its own.
constexpr std::string_view kFaceAlone = "faceid";

const FeatureRow* featuresOf(const Identification& adapter)
{
    const auto* const row = std::ranges::find_if(
        kFeatures, [&](const FeatureRow& features) { return adapter.variant.ends_with(features.ending); });
    return row == kFeatures.end() ? nullptr : row;
}

std::string titleOf(const Identification& encoder)
{
    const auto* const row = std::ranges::find(kFeatures, encoder.architecture, &FeatureRow::encoder);
    return std::string{row == kFeatures.end() ? toText(encoder.architecture) : row->title};
}

std::string given(const FeatureRow& features)
{
    return std::string{features.title} + ", features of width " + std::string{features.widths};
}

} // namespace

bool takesVisionFeatures(const Identification& adapter) { return adapter.variant != kFaceAlone; }

Architecture visionEncoderOf(const Identification& adapter)
{
    const FeatureRow* features = featuresOf(adapter);
    return features == nullptr ? Architecture::Unknown : features->encoder;
}

Compatibility featuresFor(const Identification& adapter, const Identification& encoder)
{
    if (!takesVisionFeatures(adapter))
        return {Verdict::Incompatible, CompatibilityReason::NoFeatures,
            "it takes what a network for faces gives, of width 512, and no encoder of pictures"};
    const FeatureRow* features = featuresOf(adapter);
    if (features == nullptr)
        return {Verdict::Perhaps, CompatibilityReason::FeaturesUnknown,
            "the width of its first layer is that of no known encoder"};
    if (encoder.architecture == Architecture::Unknown)
        return {Verdict::Perhaps, CompatibilityReason::FeaturesUnknown, "which encoder this is does not show"};
    if (encoder.architecture != features->encoder)
        return {Verdict::Incompatible, CompatibilityReason::OtherFeatures,
            "it was trained on " + given(*features) + "; this is " + titleOf(encoder)};
    return {Verdict::Compatible, CompatibilityReason::SameFeatures, "it was trained on " + given(*features)};
}

} // namespace weightroom::engine

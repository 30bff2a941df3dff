// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/prediction.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

using enum PredictionType;

// Playground 2.5 and others in the scheme of EDM
constexpr std::array kMarks{
    PredictionMark{"prediction.edm_v", "edm_vpred.sigma_max", VPrediction},
    PredictionMark{"prediction.edm", "edm_mean", Edm},
    PredictionMark{"prediction.v", "v_pred", VPrediction},
};
constexpr std::string_view kUsualMark = "v_pred";
/// The schedule ends without any signal. It says something to a sampler, and of the prediction nothing by itself.
constexpr std::string_view kZeroSnr = "ztsnr";

void addEvidence(Identification& identified, std::string_view rule, const TensorEntry& entry)
{
    identified.evidence.push_back({std::string{rule}, entry.name, toText(entry.shape)});
}

bool readsMarks(Architecture architecture)
{
    constexpr std::array kArchitectures{
        Architecture::Sd1, Architecture::Sd2, Architecture::Sdxl, Architecture::SdxlRefiner};
    return std::ranges::find(kArchitectures, architecture) != kArchitectures.end();
}

} // namespace

std::span<const PredictionMark> predictionMarks() { return kMarks; }

void addPrediction(
    Identification& identified, const HeaderView& header, const PartRule& rule, const VariantRule* variant)
{
    const bool hasOwn = variant != nullptr && variant->prediction != Unknown;
    identified.prediction = hasOwn ? variant->prediction : rule.prediction;
    if (!readsMarks(rule.architecture))
        return;
    if (const TensorEntry* zeroSnr = header.find(kZeroSnr))
        addEvidence(identified, "prediction.zero_snr", *zeroSnr);
    for (const PredictionMark& mark : kMarks) {
        const TensorEntry* entry = header.find(mark.key);
        if (entry == nullptr)
            continue;
        identified.prediction = mark.prediction;
        return addEvidence(identified, mark.rule, *entry);
    }
    if (identified.prediction != Unknown)
        identified.evidence.push_back({"prediction.usual", std::string{kUsualMark}, "absent"});
}

} // namespace weightroom::engine

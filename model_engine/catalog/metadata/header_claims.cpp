// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/header_claims.h"

#include "model_engine/catalog/metadata/tag_frequency.h"

#include <iterator>
#include <set>

namespace weightroom::engine {
namespace {

using Field = MetadataField;

/// What additional-networks lets its users write into the header, and the general part of GGUF's.
std::vector<MetadataRule> otherCreatorRules()
{
    constexpr auto kCreator = Authority::Creator;
    return {
        {"ssmd_display_name", Field::Title, readText, kCreator}, {"ssmd_version", Field::Version, readText, kCreator},
        {"ssmd_description", Field::Description, readText, kCreator},
        {"ssmd_author", Field::Author, readText, kCreator}, {"ssmd_keywords", Field::TriggerWords, readTexts, kCreator},
        {"ssmd_tags", Field::Tags, readCommaTexts, kCreator}, {"ssmd_rating", Field::Rating, readWeight, kCreator},
        {"ssmd_source", Field::SourceUrl, readWebAddress, kCreator},
        {"ssmd_cover_images", Field::None, readNothing, kCreator}, {"general.name", Field::Title, readText, kCreator},
        {"general.version", Field::Version, readText, kCreator}, {"general.author", Field::Author, readText, kCreator},
        {"general.description", Field::Description, readText, kCreator},
        {"general.license", Field::License, readText, kCreator},
        {"general.architecture", Field::Architecture, readText, kCreator},
        {"general.base_model.0.name", Field::BaseModel, readText, kCreator},
        {"general.tags", Field::Tags, readCommaTexts, kCreator},
        {"general.source.url", Field::SourceUrl, readWebAddress, kCreator},
        {"general.url", Field::SourceUrl, readWebAddress, kCreator},
        {"format", Field::None, readNothing, kCreator}, // "pt": which library wrote the file
    };
}

std::vector<MetadataRule> trainingRules()
{
    constexpr auto kTraining = Authority::Training;
    return {
        {"ss_base_model_version", Field::BaseModel, readText, kTraining},
        {"ss_network_module", Field::NetworkModule, readText, kTraining},
        {"ss_network_dim", Field::NetworkDim, readInteger, kTraining},
        {"ss_network_alpha", Field::NetworkAlpha, readNumber, kTraining},
        {"ss_network_args", Field::NetworkArgs, readObject, kTraining},
        {"ss_sd_model_name", Field::BaseModelName, readText, kTraining},
        {"ss_new_sd_model_hash", Field::BaseModelHash, readText, kTraining},
        {"ss_sd_model_hash", Field::BaseModelHash, readText, kTraining},
        {"ss_output_name", Field::OutputName, readText, kTraining},
        {"ss_resolution", Field::TrainingResolution, readText, kTraining},
        {"ss_clip_skip", Field::ClipSkip, readInteger, kTraining},
        {"ss_steps", Field::Steps, readInteger, kTraining},
        {"ss_epoch", Field::Epoch, readInteger, kTraining},
        {"ss_num_train_images", Field::ImageCount, readInteger, kTraining},
        {"ss_learning_rate", Field::LearningRate, readNumber, kTraining},
        {"ss_optimizer", Field::Optimizer, readText, kTraining},
        {"ss_mixed_precision", Field::MixedPrecision, readText, kTraining},
        {"ss_seed", Field::Seed, readInteger, kTraining},
        {"ss_training_comment", Field::TrainingComment, readText, kTraining},
        {"ss_training_started_at", Field::StartedAt, readNumber, kTraining},
        {"ss_tag_frequency", Field::TagFrequency, readTagFrequency, kTraining},
        // Not sshs_legacy_hash: it is AutoV1 of a file with another header, which this one does not have.
        {"sshs_model_hash", Field::TensorSha256, readHash<64>, kTraining},
        {"sshs_model_hash", Field::AutoV3, readHashBeginning<12>, kTraining},
    };
}

const std::vector<MetadataRule>& headerRules()
{
    static const std::vector<MetadataRule> rules = [] {
        auto all = modelspecRules("modelspec.", Authority::Creator);
        for (auto&& more : {otherCreatorRules(), trainingRules()})
            all.insert(all.end(), more.begin(), more.end());
        return all;
    }();
    return rules;
}

std::string sourceOf(const std::string& key) { return "header " + key; }

} // namespace

std::vector<MetadataRule> modelspecRules(std::string_view prefix, Authority authority)
{
    std::vector<MetadataRule> rules{
        {"title", Field::Title, readText, authority},
        {"author", Field::Author, readText, authority},
        {"description", Field::Description, readText, authority},
        {"license", Field::License, readText, authority},
        {"architecture", Field::Architecture, readText, authority},
        {"prediction_type", Field::PredictionType, readText, authority},
        {"resolution", Field::Resolution, readText, authority},
        {"trigger_phrase", Field::TriggerWords, readTexts, authority},
        {"usage_hint", Field::UsageHint, readText, authority},
        {"tags", Field::Tags, readCommaTexts, authority},
        {"merged_from", Field::MergedFrom, readText, authority},
        {"date", Field::Date, readText, authority},
        {"hash_sha256", Field::TensorSha256, readHash<64>, authority},
        {"hash_sha256", Field::AutoV3, readHashBeginning<12>, authority},
        {"sai_model_spec", Field::None, readNothing, authority},
        {"thumbnail", Field::None, readNothing, authority},
    };
    for (MetadataRule& rule : rules)
        rule.path.insert(0, prefix);
    return rules;
}

SourceClaims claimsFromHeader(const HeaderMetadata& metadata)
{
    SourceClaims claims;
    std::set<std::string_view> taken;
    for (const MetadataRule& rule : headerRules()) {
        const auto entry = metadata.find(rule.path);
        if (entry != metadata.end() && takeClaim(claims, rule, Json(entry->second), sourceOf(entry->first)))
            taken.insert(entry->first);
    }
    for (const auto& [key, text] : metadata) {
        if (!taken.contains(key))
            addUnknown(claims, key, "header", text);
    }
    return claims;
}

} // namespace weightroom::engine

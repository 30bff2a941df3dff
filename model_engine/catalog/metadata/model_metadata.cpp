// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/model_metadata.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace weightroom::engine {
namespace {

using Field = MetadataField;
using Group = MetadataGroup;

struct FieldRow {
    Field field;
    Group group;
    std::string_view text;
};

constexpr std::array kFields{
    FieldRow{Field::None, Group::None, "none"},
    FieldRow{Field::Title, Group::General, "title"},
    FieldRow{Field::Version, Group::General, "version"},
    FieldRow{Field::Author, Group::General, "author"},
    FieldRow{Field::Description, Group::General, "description"},
    FieldRow{Field::VersionDescription, Group::General, "version_description"},
    FieldRow{Field::License, Group::General, "license"},
    FieldRow{Field::AllowNoCredit, Group::General, "allow_no_credit"},
    FieldRow{Field::AllowCommercialUse, Group::General, "allow_commercial_use"},
    FieldRow{Field::AllowDerivatives, Group::General, "allow_derivatives"},
    FieldRow{Field::AllowDifferentLicense, Group::General, "allow_different_license"},
    FieldRow{Field::BaseModel, Group::General, "base_model"},
    FieldRow{Field::Architecture, Group::General, "architecture"},
    FieldRow{Field::ModelType, Group::General, "model_type"},
    FieldRow{Field::PredictionType, Group::General, "prediction_type"},
    FieldRow{Field::InChannels, Group::General, "in_channels"},
    FieldRow{Field::Resolution, Group::General, "resolution"},
    FieldRow{Field::TriggerWords, Group::General, "trigger_words"},
    FieldRow{Field::NegativeText, Group::General, "negative_text"},
    FieldRow{Field::PreferredWeight, Group::General, "preferred_weight"},
    FieldRow{Field::UsageHint, Group::General, "usage_hint"},
    FieldRow{Field::Tags, Group::General, "tags"},
    FieldRow{Field::Notes, Group::General, "notes"},
    FieldRow{Field::Favorite, Group::General, "favorite"},
    FieldRow{Field::Rating, Group::General, "rating"},
    FieldRow{Field::Nsfw, Group::General, "nsfw"},
    FieldRow{Field::PreviewNsfwLevel, Group::General, "preview_nsfw_level"},
    FieldRow{Field::Vae, Group::General, "vae"},
    FieldRow{Field::MergedFrom, Group::General, "merged_from"},
    FieldRow{Field::Date, Group::General, "date"},
    FieldRow{Field::SourceUrl, Group::General, "source_url"},
    FieldRow{Field::DownloadUrl, Group::General, "download_url"},
    FieldRow{Field::CivitaiModelId, Group::General, "civitai_model_id"},
    FieldRow{Field::CivitaiVersionId, Group::General, "civitai_version_id"},
    FieldRow{Field::Air, Group::General, "air"},
    FieldRow{Field::NetworkModule, Group::Training, "network_module"},
    FieldRow{Field::NetworkDim, Group::Training, "network_dim"},
    FieldRow{Field::NetworkAlpha, Group::Training, "network_alpha"},
    FieldRow{Field::NetworkArgs, Group::Training, "network_args"},
    FieldRow{Field::BaseModelName, Group::Training, "base_model_name"},
    FieldRow{Field::BaseModelHash, Group::Training, "base_model_hash"},
    FieldRow{Field::OutputName, Group::Training, "output_name"},
    FieldRow{Field::TrainingResolution, Group::Training, "resolution"},
    FieldRow{Field::ClipSkip, Group::Training, "clip_skip"},
    FieldRow{Field::Steps, Group::Training, "steps"},
    FieldRow{Field::Epoch, Group::Training, "epoch"},
    FieldRow{Field::ImageCount, Group::Training, "image_count"},
    FieldRow{Field::LearningRate, Group::Training, "learning_rate"},
    FieldRow{Field::Optimizer, Group::Training, "optimizer"},
    FieldRow{Field::MixedPrecision, Group::Training, "mixed_precision"},
    FieldRow{Field::Seed, Group::Training, "seed"},
    FieldRow{Field::TrainingComment, Group::Training, "comment"},
    FieldRow{Field::StartedAt, Group::Training, "started_at"},
    FieldRow{Field::TagFrequency, Group::Training, "tag_frequency"},
    FieldRow{Field::Sha256, Group::Hashes, "sha256"},
    FieldRow{Field::TensorSha256, Group::Hashes, "tensor_sha256"},
    FieldRow{Field::AutoV1, Group::Hashes, "autov1"},
    FieldRow{Field::AutoV2, Group::Hashes, "autov2"},
    FieldRow{Field::AutoV3, Group::Hashes, "autov3"},
    FieldRow{Field::Blake3, Group::Hashes, "blake3"},
    FieldRow{Field::Crc32, Group::Hashes, "crc32"},
};

constexpr bool isInOrder()
{
    for (std::size_t row = 0; row < kFields.size(); ++row) {
        if (static_cast<std::size_t>(kFields[row].field) != row)
            return false;
    }
    return kFields.back().field == Field::Crc32;
}
static_assert(isInOrder(), "one row per field, in the order of the enumeration, up to the last");

const FieldRow& rowOf(MetadataField field) { return kFields.at(static_cast<std::size_t>(field)); }

void addClaim(ModelMetadata& metadata, MetadataClaim claim)
{
    const auto [row, isFirst] = metadata.fields.try_emplace(claim.field);
    MetadataValue& known = row->second;
    if (isFirst) {
        known.value = std::move(claim.value);
        known.source = std::move(claim.source);
        return;
    }
    const auto isSame = [&](const MetadataValue::Alternative& other) { return other.value == claim.value; };
    if (known.value != claim.value && std::ranges::none_of(known.alternatives, isSame))
        known.alternatives.push_back({std::move(claim.value), std::move(claim.source)});
}

} // namespace

MetadataGroup groupOf(MetadataField field) { return rowOf(field).group; }

std::string_view toText(MetadataField field) { return rowOf(field).text; }

const MetadataValue* ModelMetadata::find(MetadataField field) const
{
    const auto row = fields.find(field);
    return row == fields.end() ? nullptr : &row->second;
}

ModelMetadata mergeClaims(std::vector<SourceClaims> sources)
{
    ModelMetadata metadata;
    std::vector<MetadataClaim> claims;
    for (SourceClaims& source : sources) {
        std::ranges::move(source.claims, std::back_inserter(claims));
        std::ranges::move(source.unknown, std::back_inserter(metadata.unknown));
        metadata.unknownLeftOut += source.unknownLeftOut;
    }
    std::ranges::stable_sort(claims, {}, &MetadataClaim::authority);
    for (MetadataClaim& claim : claims)
        addClaim(metadata, std::move(claim));
    return metadata;
}

} // namespace weightroom::engine

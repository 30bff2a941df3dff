// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/json.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What people and programs say about a model beside its tensors. All of it is a claim: what the model is was decided
/// by the identification. The types of the values stand in the comments; a text is one line or many, as it was written,
/// markup included.
enum class MetadataField : std::uint8_t {
    None = 0,

    // General
    Title,
    Version,
    Author,
    Description,
    VersionDescription,
    License,
    AllowNoCredit, ///< true or false, as the three others of a licence but the next one
    AllowCommercialUse, ///< list of texts: "Image", "Rent", "Sell", …
    AllowDerivatives,
    AllowDifferentLicense,
    BaseModel, ///< "SDXL 1.0", "Flux.1 D", "sdxl_base_v1-0": each program has words of its own
    Architecture,
    ModelType, ///< "Checkpoint", "LORA", …
    PredictionType,
    InChannels, ///< integer
    Resolution,
    TriggerWords, ///< list of texts, each as it was written: a word, or several with commas
    NegativeText,
    PreferredWeight, ///< number
    UsageHint,
    Tags, ///< list of texts
    Notes,
    Favorite, ///< true or false
    Rating, ///< number
    Nsfw, ///< true or false
    PreviewNsfwLevel, ///< integer: 1, 2, 4, 8, 16, 32, as Civitai counts
    Vae,
    MergedFrom,
    Date,
    SourceUrl,
    DownloadUrl,
    CivitaiModelId, ///< integer
    CivitaiVersionId, ///< integer
    Air, ///< "urn:air:sdxl:checkpoint:civitai:101055@128078"

    // Training
    NetworkModule,
    NetworkDim, ///< integer
    NetworkAlpha, ///< number
    NetworkArgs, ///< object
    BaseModelName,
    BaseModelHash,
    OutputName,
    TrainingResolution,
    ClipSkip, ///< integer
    Steps, ///< integer
    Epoch, ///< integer
    ImageCount, ///< integer
    LearningRate, ///< number
    Optimizer,
    MixedPrecision,
    Seed, ///< integer
    TrainingComment,
    StartedAt, ///< number: seconds since 1970
    TagFrequency, ///< list of {tag, count}, the most frequent first

    // Hashes as claimed, in lower case
    Sha256,
    TensorSha256, ///< over the bytes behind the header of a safetensors file
    AutoV1,
    AutoV2,
    AutoV3,
    Blake3,
    Crc32,
};

/// Where a field stands in answers.
enum class MetadataGroup : std::uint8_t { None = 0, General, Training, Hashes };

[[nodiscard]] MetadataGroup groupOf(MetadataField field);
/// "trigger_words"; unique within the group.
[[nodiscard]] std::string_view toText(MetadataField field);

/// Who says it: the first in this order is believed. (What a user has said to Weightroom itself stands above all.)
enum class Authority : std::uint8_t {
    None = 0,
    User, ///< a file beside the model that users write: notes, own titles, own tags
    Creator, ///< the header's own description: modelspec.*, ssmd_*, general.*
    Website, ///< what a program has fetched from Civitai and put beside the model
    Training, ///< what the training program noted in the header: ss_*
    FileName
};

/// One value of one field, and who says so.
struct MetadataClaim {
    MetadataField field = MetadataField::None;
    Json value;
    std::string source; ///< "header modelspec.title", "x.civitai.info", "x.json", …; valid UTF-8
    Authority authority = Authority::None;
};

/// What was found and is not understood.
struct UnknownField {
    std::string name; ///< of a field in an object: "model/poi"
    std::string source;
    Json value; ///< null when it is larger than kLargestUnknownValue
    Bytes size; ///< of the value as text
};

/// All that one source says.
struct SourceClaims {
    std::vector<MetadataClaim> claims;
    std::vector<UnknownField> unknown; ///< kMostUnknownFields at most
    std::uint64_t unknownLeftOut = 0;
};

/// An unknown value of a header or a sidecar may have megabytes; it stays where it is, and here is told of.
inline constexpr Bytes kLargestUnknownValue = kKiB * 4;
inline constexpr std::size_t kMostUnknownFields = 256;

/// The value that is believed, and the others.
struct MetadataValue {
    struct Alternative {
        Json value;
        std::string source;
    };
    Json value;
    std::string source;
    std::vector<Alternative> alternatives; ///< other values of other sources, the most believed first
};

/// What is known about one model, each field with its source.
struct ModelMetadata {
    std::map<MetadataField, MetadataValue> fields;
    std::vector<UnknownField> unknown;
    std::uint64_t unknownLeftOut = 0; ///< fields beyond the limit of their source

    [[nodiscard]] const MetadataValue* find(MetadataField field) const; ///< nullptr: nobody says anything
};

/// Puts together what all sources say. Pure. A field has the value of the highest authority, among equals that of the
/// source that stands first; whoever says the same is no alternative.
[[nodiscard]] ModelMetadata mergeClaims(std::vector<SourceClaims> sources);

} // namespace weightroom::engine

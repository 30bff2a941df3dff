// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/dtype.h"
#include "model_engine/core/error.h"
#include "model_engine/core/file.h"
#include "model_engine/core/ids.h"
#include "model_engine/formats/tensor_index.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What a file is used as. The text form is that of the answers: "checkpoint", "diffusion-model", "lora", …
enum class ModelKind : std::uint8_t { Unknown = 0, Checkpoint, DiffusionModel, Lora, Controlnet, Vae, TextEncoder };
/// The family that it belongs to: "sd1", "sdxl", "flux", "clip-l", …
enum class Architecture : std::uint8_t { Unknown = 0, Sd1, Sd2, Sdxl, SdxlRefiner, Flux, ClipL, ClipG, T5Xxl };
/// The kinds that can be cached and loaded by themselves (C4).
enum class ComponentKind : std::uint8_t { Other = 0, Unet, Vae, Encoder, Lora, Controlnet, Embedding };

[[nodiscard]] std::string_view toText(ModelKind kind);
[[nodiscard]] std::string_view toText(Architecture architecture);
[[nodiscard]] std::string_view toText(ComponentKind kind);
[[nodiscard]] std::optional<ModelKind> modelKindFromText(std::string_view text);
[[nodiscard]] std::optional<Architecture> architectureFromText(std::string_view text);

/// A part of a model that can be cached and loaded by itself. Its tensors are those of the file whose names begin with
/// one of `prefixes` (an empty prefix: all that no other component took); see componentOf() in
/// catalog/identification.h.
struct ComponentRecord {
    ComponentId id; ///< "unet_sdxl", "vae_kl_f8", "encoder_clip_l", "lora_sdxl", "controlnet_sd1", "other_tensors"
    ComponentKind kind = ComponentKind::Other;
    std::vector<std::string> prefixes;
    std::uint64_t tensorCount = 0;
    Bytes size; ///< as stored
};

/// Why the identification says what it says: which rule, which key, which shape.
struct Evidence {
    std::string rule;
    std::string key;
    std::string shape;
};

/// The answer of the identification: a pure function of a header.
struct Identification {
    ModelKind kind = ModelKind::Unknown;
    Architecture architecture = Architecture::Unknown;
    std::string variant; ///< "inpainting", "dev", "schnell", …; empty when there is nothing to say
    Dtype precision = Dtype::Unknown; ///< the floating-point type that most bytes are in
    std::vector<ComponentRecord> components; ///< in the order unet, vae, encoders, …; every tensor in exactly one
    std::uint64_t tensorCount = 0;
    std::uint64_t parameters = 0;
    double confidence = 0; ///< 0 … 1; 1: the deciding keys and shapes are all there
    std::vector<Evidence> evidence;
};

/// A file of a model, and the state in which it was read.
struct ModelFile {
    std::filesystem::path path;
    FileIdentity identity;
    std::string namePrefix{}; ///< in front of the names of its tensors in the model's index: "unet/"; mostly empty

    friend bool operator==(const ModelFile&, const ModelFile&) = default;
};

/// One model as the catalogue knows it. Immutable once published: shared between threads by pointer to const.
struct ModelRecord {
    ModelId id;
    std::string name; ///< the file's name without its extension; bytes, perhaps not UTF-8
    std::filesystem::path path; ///< of its file; of the first shard; of the folder of a diffusers pipeline
    std::vector<ModelFile> files; ///< what it is read from, in the order of TensorEntry::file; at least one
    FileFormat format = FileFormat::Unknown;
    Identification identified;
    std::optional<Error> problem; ///< why it cannot be used; such a model is listed, with the reason (D7)

    [[nodiscard]] bool isUsable() const { return !problem.has_value(); }
    [[nodiscard]] ContentIdentity identity() const;
    [[nodiscard]] Bytes fileSize() const; ///< of all its files
};

using ModelRecordPtr = std::shared_ptr<const ModelRecord>;

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/architecture.h"
#include "model_engine/catalog/content_key.h"
#include "model_engine/catalog/folders/pipeline_folder.h"
#include "model_engine/catalog/layouts/layout.h"
#include "model_engine/core/bytes.h"
#include "model_engine/core/dtype.h"
#include "model_engine/core/error.h"
#include "model_engine/core/files/file.h"
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
enum class ModelKind : std::uint8_t {
    Unknown = 0,
    Checkpoint,
    DiffusionModel, ///< a UNet or transformer alone
    Lora,
    Controlnet,
    Vae,
    TextEncoder,
    T2iAdapter,
    IpAdapter,
    ClipVision,
    TextualInversion,
    Upscaler,
    Hypernetwork,
    MotionModule,
};
inline constexpr ModelKind kLastModelKind = ModelKind::MotionModule;
/// The kinds that can be cached and loaded by themselves (C4).
enum class ComponentKind : std::uint8_t {
    Other = 0,
    Unet,
    Vae,
    Encoder,
    Lora,
    Controlnet,
    Embedding,
    Adapter, ///< what changes a diffusion model and is no LoRA or ControlNet: IP-Adapter, motion module, …
    Upscaler,
};
/// What a diffusion model predicts. The words are those of diffusers' schedulers, and "edm".
enum class PredictionType : std::uint8_t { Unknown = 0, Epsilon, VPrediction, Sample, Flow, Edm };
/// Why a file that was read is no complete model for pictures; "llm", "missing-tensors", … in the answers.
enum class ModelProblem : std::uint8_t {
    None = 0,
    UnknownArchitecture, ///< no rule holds
    Llm, ///< a language model, or a part of one
    VideoModel,
    AudioModel,
    ShapeModel, ///< "3d-model"
    NoImagePipeline, ///< a known picture model that common tools do not run from single files
    MissingTensors, ///< it is what it says, but incomplete: see Identification::missing
};
inline constexpr ModelProblem kLastModelProblem = ModelProblem::MissingTensors;

[[nodiscard]] std::string_view toText(ModelKind kind);
[[nodiscard]] std::string_view toText(ComponentKind kind);
[[nodiscard]] std::string_view toText(PredictionType prediction);
[[nodiscard]] std::string_view toText(ModelProblem problem);
[[nodiscard]] std::optional<ModelKind> modelKindFromText(std::string_view text);
[[nodiscard]] std::optional<PredictionType> predictionTypeFromText(std::string_view text);

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
    std::string shape; ///< "[320, 4, 3, 3]", "absent", or the value of a metadata field
};

/// Names of tensors: all are counted, the first ones are kept.
struct TensorNameList {
    std::uint64_t count = 0;
    std::vector<std::string> names; ///< kMostListedNames at most
};
inline constexpr std::size_t kMostListedNames = 20;

/// The answer of the identification: a pure function of a header.
struct Identification {
    ModelKind kind = ModelKind::Unknown;
    Architecture architecture = Architecture::Unknown;
    std::string variant; ///< "inpainting", "dev", "schnell", …; of a LoRA its dialect: "kohya", "loha", …; may be empty
    /// What it may belong to where the structure leaves it open and the architecture is therefore unknown.
    std::vector<Architecture> candidates;
    std::string baseVariant; ///< of a LoRA: the flavour of its base that it fits, "klein-4b"; empty: any, or unknown
    PredictionType prediction = PredictionType::Unknown;
    Dtype precision = Dtype::Unknown; ///< the floating-point type that most bytes are in
    std::string quantization; ///< how weights are packed or scaled: "nf4", "fp8_scaled", …; empty: they are as they are
    std::optional<std::uint64_t> rank; ///< of a LoRA: the highest of all layers
    std::vector<ComponentRecord> components; ///< in the order unet, vae, encoders, …; every tensor in exactly one
    std::uint64_t tensorCount = 0;
    std::uint64_t parameters = 0;
    double confidence = 0; ///< 0 … 1; 1: the deciding keys and shapes are all there
    std::vector<Evidence> evidence;
    std::vector<ModelProblem> problems;
    TensorNameList missing; ///< tensors that the architecture has and the file has not
    TensorNameList extra; ///< tensors in the place of a part that its architecture does not have
};

/// A file of a model, and the state in which it was seen last.
struct ModelFile {
    std::filesystem::path path;
    FileIdentity identity;
    std::string namePrefix{}; ///< in front of the names of its tensors in the model's index: "unet/"; mostly empty
    /// FileIdentity::changedNs of when it was read, if it was renamed since: that moves the time, not the content.
    std::optional<std::int64_t> readChangedNs{};

    friend bool operator==(const ModelFile&, const ModelFile&) = default;
};

/// The file that says which files are one model: the model_index.json of a pipeline, the index of shards.
struct ModelIndex {
    std::filesystem::path path;
    FileIdentity identity;
    std::vector<PipelineComponent> components{}; ///< of a pipeline
    std::optional<Error> problem{}; ///< of a pipeline's: why it could not be read
};

/// The sets of weights that lie side by side in the folder of a pipeline's component.
struct ComponentVariants {
    struct Set {
        std::string file; ///< its name, without the numbers of shards
        std::string variant; ///< "fp16", "non_ema", …; empty for the plain one
        friend bool operator==(const Set&, const Set&) = default;
    };
    std::string component; ///< its folder: "unet"
    std::vector<Set> sets; ///< in the order of their files
    std::uint64_t taken = 0; ///< the number of the one that the model is read from
    friend bool operator==(const ComponentVariants&, const ComponentVariants&) = default;
};

/// Where a model lies in the layout of a program (D1), and what the program expects there: a hint, and never what
/// decides what the model is.
struct Placement {
    LibraryLayout layout = LibraryLayout::None;
    std::vector<ModelKind> expectedKinds; ///< empty: the folder says nothing
    std::string folder; ///< that says so: "models/loras"; empty in a layout's root

    friend bool operator==(const Placement&, const Placement&) = default;
};

/// One model as the catalogue knows it. Immutable once published: shared between threads by pointer to const.
struct ModelRecord {
    ModelId id;
    std::string name; ///< of its file without the extension, or with its repository in front; perhaps not UTF-8
    std::filesystem::path path; ///< of its file; of the first shard; of the folder of a diffusers pipeline
    std::vector<ModelFile> files; ///< what it is read from, in the order of TensorEntry::file; at least one
    FileFormat format = FileFormat::Unknown;
    Identification identified;
    Placement placement;
    std::optional<Error> problem; ///< why it cannot be used; such a model is listed, with the reason (D7)
    std::optional<ModelIndex> index{}; ///< absent where no such file is
    std::vector<ComponentVariants> variants{}; ///< of a pipeline's components that have more than one set of weights
    ContentKey contentKey{};

    [[nodiscard]] bool isUsable() const { return !problem.has_value(); }
    /// Of what was read: a rename leaves it as it is.
    [[nodiscard]] ContentIdentity identity() const;
    [[nodiscard]] Bytes fileSize() const; ///< of all its files
};

using ModelRecordPtr = std::shared_ptr<const ModelRecord>;

/// A problem of the moment and not of the bytes: such a file is looked at again although it has not changed.
[[nodiscard]] bool mayPass(const Error& problem);

/// The identity for comparing across starts of the machine, which may number its devices anew.
[[nodiscard]] FileIdentity withoutDevice(FileIdentity identity);

} // namespace weightroom::engine

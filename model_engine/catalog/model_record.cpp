// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_record.h"

#include "model_engine/catalog/text_table.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array kModelKinds{
    TextRow{ModelKind::Unknown, "unknown"},
    TextRow{ModelKind::Checkpoint, "checkpoint"},
    TextRow{ModelKind::DiffusionModel, "diffusion-model"},
    TextRow{ModelKind::Lora, "lora"},
    TextRow{ModelKind::Controlnet, "controlnet"},
    TextRow{ModelKind::Vae, "vae"},
    TextRow{ModelKind::TextEncoder, "text-encoder"},
    TextRow{ModelKind::T2iAdapter, "t2i-adapter"},
    TextRow{ModelKind::IpAdapter, "ip-adapter"},
    TextRow{ModelKind::ClipVision, "clip-vision"},
    TextRow{ModelKind::TextualInversion, "textual-inversion"},
    TextRow{ModelKind::Upscaler, "upscaler"},
    TextRow{ModelKind::Hypernetwork, "hypernetwork"},
    TextRow{ModelKind::MotionModule, "motion-module"},
};
static_assert(isComplete(kModelKinds, kLastModelKind));

constexpr std::array kComponentKinds{
    TextRow{ComponentKind::Other, "other"},
    TextRow{ComponentKind::Unet, "unet"},
    TextRow{ComponentKind::Vae, "vae"},
    TextRow{ComponentKind::Encoder, "encoder"},
    TextRow{ComponentKind::Lora, "lora"},
    TextRow{ComponentKind::Controlnet, "controlnet"},
    TextRow{ComponentKind::Embedding, "embedding"},
    TextRow{ComponentKind::Adapter, "adapter"},
    TextRow{ComponentKind::Upscaler, "upscaler"},
};
static_assert(isComplete(kComponentKinds, ComponentKind::Upscaler));

constexpr std::array kPredictionTypes{
    TextRow{PredictionType::Unknown, "unknown"},
    TextRow{PredictionType::Epsilon, "epsilon"},
    TextRow{PredictionType::VPrediction, "v_prediction"},
    TextRow{PredictionType::Sample, "sample"},
    TextRow{PredictionType::Flow, "flow_prediction"},
    TextRow{PredictionType::Edm, "edm"},
};
static_assert(isComplete(kPredictionTypes, PredictionType::Edm));

constexpr std::array kModelProblems{
    TextRow{ModelProblem::None, "none"},
    TextRow{ModelProblem::UnknownArchitecture, "unknown-architecture"},
    TextRow{ModelProblem::Llm, "llm"},
    TextRow{ModelProblem::VideoModel, "video-model"},
    TextRow{ModelProblem::AudioModel, "audio-model"},
    TextRow{ModelProblem::ShapeModel, "3d-model"},
    TextRow{ModelProblem::NoImagePipeline, "no-image-pipeline"},
    TextRow{ModelProblem::MissingTensors, "missing-tensors"},
};
static_assert(isComplete(kModelProblems, kLastModelProblem));

} // namespace

std::string_view toText(ModelKind kind) { return textOf(kModelKinds, kind); }

std::string_view toText(ComponentKind kind) { return textOf(kComponentKinds, kind); }

std::string_view toText(PredictionType prediction) { return textOf(kPredictionTypes, prediction); }

std::string_view toText(ModelProblem problem) { return textOf(kModelProblems, problem); }

std::optional<ModelKind> modelKindFromText(std::string_view text) { return valueOf(kModelKinds, text); }

std::optional<PredictionType> predictionTypeFromText(std::string_view text) { return valueOf(kPredictionTypes, text); }

ContentIdentity ModelRecord::identity() const
{
    ContentIdentity identity;
    for (const ModelFile& file : files) {
        identity.push_back(file.identity);
        identity.back().changedNs = file.readChangedNs.value_or(file.identity.changedNs);
    }
    return identity;
}

bool mayPass(const Error& problem)
{
    constexpr std::array kPassing{ErrorCode::Internal, ErrorCode::NotFound, ErrorCode::PermissionDenied,
        ErrorCode::IoError, ErrorCode::FileChanged, ErrorCode::FileArriving, ErrorCode::OutOfHostMemory};
    return std::ranges::find(kPassing, problem.code) != kPassing.end();
}

FileIdentity withoutDevice(FileIdentity identity)
{
    identity.device = 0;
    return identity;
}

Bytes ModelRecord::fileSize() const
{
    Bytes sum;
    for (const ModelFile& file : files)
        sum += file.identity.size;
    return sum;
}

} // namespace weightroom::engine

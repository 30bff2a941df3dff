// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/pipeline_texts.h"

#include "model_engine/catalog/conversion/diffusers/prediction_marks.h"
#include "model_engine/catalog/folders/pipeline_folder.h"
#include "model_engine/core/json.h"
#include "model_engine/formats/precision.h"
#include "model_engine/formats/tensor_elements.h"

#include <algorithm>
#include <cmath>

namespace weightroom::engine {
namespace {

/// The release that the configurations are written for; later ones read them.
constexpr std::string_view kDiffusersVersion = "0.27.0";

/// What the configurations of an architecture differ in.
struct PipelineDesign {
    std::string_view pipeline; ///< class
    std::string_view inpainting; ///< class
    std::string_view scheduler; ///< class
    std::uint32_t size; ///< of the pictures, in pixels
    double vaeScale;
    bool isXl;
};

struct TextEncoderDesign {
    std::string_view className;
    std::string_view activation;
    std::uint32_t width;
    std::uint32_t layers;
    std::uint32_t heads;
    std::uint32_t projection;
};

constexpr PipelineDesign kSd1{
    "StableDiffusionPipeline", "StableDiffusionInpaintPipeline", "DDIMScheduler", 512, 0.18215, false};
constexpr PipelineDesign kSd2{
    "StableDiffusionPipeline", "StableDiffusionInpaintPipeline", "DDIMScheduler", 512, 0.18215, false};
constexpr PipelineDesign kSd2V{
    "StableDiffusionPipeline", "StableDiffusionInpaintPipeline", "DDIMScheduler", 768, 0.18215, false};
constexpr PipelineDesign kSdxl{
    "StableDiffusionXLPipeline", "StableDiffusionXLInpaintPipeline", "EulerDiscreteScheduler", 1024, 0.13025, true};

constexpr TextEncoderDesign kClipL{"CLIPTextModel", "quick_gelu", 768, 12, 12, 768};
/// The layer before the last is the last one that is read.
constexpr TextEncoderDesign kClipH{"CLIPTextModel", "gelu", 1024, 23, 16, 512};
constexpr TextEncoderDesign kClipG{"CLIPTextModelWithProjection", "gelu", 1280, 32, 20, 1280};

Json typed(std::string_view className)
{
    return {{"_class_name", className}, {"_diffusers_version", kDiffusersVersion}};
}

/// The same word for each level, with another one at one of them (beyond the last: at none).
Json levels(std::size_t count, std::string_view word, std::size_t other, std::string_view otherWord)
{
    Json words = Json::array();
    for (std::size_t level = 0; level < count; ++level)
        words.push_back(level == other ? otherWord : word);
    return words;
}

Json unetConfig(Architecture architecture, const PipelineDesign& design, bool isInpainting)
{
    constexpr std::uint32_t kLatentScale = 8;
    Json config = typed("UNet2DConditionModel");
    config["in_channels"] = isInpainting ? 9 : 4;
    config["out_channels"] = 4;
    config["layers_per_block"] = 2;
    config["sample_size"] = design.size / kLatentScale;
    config["use_linear_projection"] = architecture != Architecture::Sd1;
    if (design.isXl) {
        config["block_out_channels"] = Json::array({320, 640, 1280});
        config["cross_attention_dim"] = 2048;
        config["attention_head_dim"] = Json::array({5, 10, 20});
        config["transformer_layers_per_block"] = Json::array({1, 2, 10});
        config["down_block_types"] = levels(3, "CrossAttnDownBlock2D", 0, "DownBlock2D");
        config["up_block_types"] = levels(3, "CrossAttnUpBlock2D", 2, "UpBlock2D");
        config["addition_embed_type"] = "text_time";
        config["addition_time_embed_dim"] = 256;
        config["projection_class_embeddings_input_dim"] = 2816;
        return config;
    }
    config["block_out_channels"] = Json::array({320, 640, 1280, 1280});
    config["cross_attention_dim"] = architecture == Architecture::Sd1 ? 768 : 1024;
    config["attention_head_dim"] = architecture == Architecture::Sd1 ? Json(8) : Json::array({5, 10, 20, 20});
    config["down_block_types"] = levels(4, "CrossAttnDownBlock2D", 3, "DownBlock2D");
    config["up_block_types"] = levels(4, "CrossAttnUpBlock2D", 0, "UpBlock2D");
    return config;
}

Json vaeConfig(const PipelineDesign& design)
{
    Json config = typed("AutoencoderKL");
    config["block_out_channels"] = Json::array({128, 256, 512, 512});
    config["down_block_types"] = levels(4, "DownEncoderBlock2D", 4, "");
    config["up_block_types"] = levels(4, "UpDecoderBlock2D", 4, "");
    config["in_channels"] = 3;
    config["out_channels"] = 3;
    config["latent_channels"] = 4;
    config["layers_per_block"] = 2;
    config["sample_size"] = design.size;
    config["scaling_factor"] = design.vaeScale;
    config["force_upcast"] = true;
    return config;
}

Json textEncoderConfig(const TextEncoderDesign& design)
{
    return {
        {"architectures", Json::array({design.className})},
        {"model_type", "clip_text_model"},
        {"hidden_act", design.activation},
        {"hidden_size", design.width},
        {"intermediate_size", 4 * design.width},
        {"num_hidden_layers", design.layers},
        {"num_attention_heads", design.heads},
        {"projection_dim", design.projection},
        {"layer_norm_eps", 1e-5},
        {"max_position_embeddings", 77},
        {"vocab_size", 49408},
        {"bos_token_id", 49406},
        {"eos_token_id", 49407},
        {"pad_token_id", 1},
    };
}

Json schedulerConfig(const PipelineDesign& design, PredictionType prediction, bool endsWithoutSignal)
{
    Json config = typed(design.scheduler);
    config["beta_schedule"] = "scaled_linear";
    config["beta_start"] = 0.00085;
    config["beta_end"] = 0.012;
    config["num_train_timesteps"] = 1000;
    config["prediction_type"] = toText(prediction);
    config["steps_offset"] = 1;
    if (!design.isXl) {
        config["clip_sample"] = false;
        config["set_alpha_to_one"] = false;
    }
    if (endsWithoutSignal)
        config["rescale_betas_zero_snr"] = true;
    config["timestep_spacing"] = endsWithoutSignal ? "trailing" : "leading";
    return config;
}

Json absent() { return Json::array({nullptr, nullptr}); }

/// Named although it is not there: whoever puts one there, or gives one, has a whole pipeline.
Json tokenizer() { return Json::array({"transformers", "CLIPTokenizer"}); }

Json modelIndex(const PipelineDesign& design, bool isInpainting)
{
    Json index = typed(isInpainting ? design.inpainting : design.pipeline);
    index["feature_extractor"] = absent();
    index["image_encoder"] = absent();
    index["scheduler"] = Json::array({"diffusers", design.scheduler});
    index["text_encoder"] = Json::array({"transformers", "CLIPTextModel"});
    index["tokenizer"] = tokenizer();
    if (design.isXl) {
        index["text_encoder_2"] = Json::array({"transformers", "CLIPTextModelWithProjection"});
        index["tokenizer_2"] = tokenizer();
        index["force_zeros_for_empty_prompt"] = true;
    } else {
        index["safety_checker"] = absent();
        index["requires_safety_checker"] = false;
    }
    index["unet"] = Json::array({"diffusers", "UNet2DConditionModel"});
    index["vae"] = Json::array({"diffusers", "AutoencoderKL"});
    return index;
}

/// How far the numbers of a small tensor lie from their mean.
Result<double> spreadOf(const OpenedModel& model, const TensorEntry& entry)
{
    constexpr std::uint64_t kMostElements = 4096; // the norm has 320
    const std::uint64_t count = entry.shape.elements().value_or(0);
    if (count == 0 || count > kMostElements)
        return fail(
            ErrorCode::Unsupported, "the norm of the last attention has " + std::to_string(count) + " elements");
    std::vector<std::byte> stored;
    const auto take = [&stored](std::span<const std::byte> bytes) -> Result<> {
        stored.insert(stored.end(), bytes.begin(), bytes.end());
        return {};
    };
    if (auto read = readElements(model.files.source(entry.file), entry, take); !read)
        return fail(std::move(read).error());
    std::vector<float> numbers(count);
    PrecisionLoss none;
    const auto bytes = std::as_writable_bytes(std::span{numbers});
    if (auto decoded = convertElements(entry.dtype, stored, Dtype::F32, bytes, none); !decoded)
        return fail(std::move(decoded).error());
    double sum = 0;
    double squares = 0;
    for (const float number : numbers) {
        sum += number;
        squares += static_cast<double>(number) * number;
    }
    const double mean = sum / static_cast<double>(count);
    return std::sqrt(std::max(0.0, squares / static_cast<double>(count) - mean * mean));
}

Result<PredictionType> predictionOf(const Identification& identified, const OpenedModel& model)
{
    if (identified.prediction == PredictionType::Epsilon || identified.prediction == PredictionType::VPrediction)
        return identified.prediction;
    constexpr double kSpreadOfV = 0.09; // ComfyUI's threshold
    const TensorLookup lookup{model.index};
    const TensorEntry* norm = lookup.find("model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias");
    if (identified.prediction != PredictionType::Unknown || norm == nullptr) {
        return fail(ErrorCode::Unsupported,
            "the model predicts '" + std::string{toText(identified.prediction)}
                + "', for which no configuration of a scheduler is known");
    }
    const auto spread = spreadOf(model, *norm);
    if (!spread)
        return fail(spread.error());
    return *spread > kSpreadOfV ? PredictionType::VPrediction : PredictionType::Epsilon;
}

const PipelineDesign& designOf(Architecture architecture, PredictionType prediction)
{
    if (architecture == Architecture::Sdxl)
        return kSdxl;
    if (architecture == Architecture::Sd2)
        return prediction == PredictionType::VPrediction ? kSd2V : kSd2;
    return kSd1;
}

bool endsWithoutSignal(const TensorIndex& index) { return TensorLookup{index}.contains(kZeroSnrMark); }

std::string documentOf(const Json& value)
{
    constexpr int kIndent = 2;
    return writeJson(value, kIndent) + "\n";
}

} // namespace

Result<std::vector<OutputText>> pipelineTexts(const Identification& identified, const OpenedModel& model)
{
    const auto prediction = predictionOf(identified, model);
    if (!prediction)
        return fail(prediction.error());
    const PipelineDesign& design = designOf(identified.architecture, *prediction);
    const bool isInpainting = identified.variant == "inpainting";
    const TextEncoderDesign& text = identified.architecture == Architecture::Sd2 ? kClipH : kClipL;
    std::vector<OutputText> texts{
        {"unet/config.json", documentOf(unetConfig(identified.architecture, design, isInpainting))},
        {"vae/config.json", documentOf(vaeConfig(design))},
        {"text_encoder/config.json", documentOf(textEncoderConfig(text))},
        {"scheduler/scheduler_config.json",
            documentOf(schedulerConfig(design, *prediction, endsWithoutSignal(model.index)))},
    };
    if (design.isXl)
        texts.push_back({"text_encoder_2/config.json", documentOf(textEncoderConfig(kClipG))});
    // The last one: a folder without it is no pipeline yet.
    texts.push_back({std::filesystem::path{kPipelineIndexName}, documentOf(modelIndex(design, isInpainting))});
    return texts;
}

} // namespace weightroom::engine

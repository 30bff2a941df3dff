// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/precision/precision_names.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// Parts of names, between dots, of layers that stay at 16 bits. Those of diffusers and those of the original code.
constexpr std::array<std::string_view, 19> kSensitiveLayers{"img_in", "txt_in", "time_in", "vector_in", "guidance_in",
    "final_layer", "last_layer", "conv_in", "conv_out", "head", "label_emb", "time_proj", "time_projection",
    "adaln_single", "scale_shift_table", "modulation", "shared", "text_projection", "lm_head"};
/// At the beginning of a name, or behind the prefix of a checkpoint: the first and the last layer of a UNet, and of a
/// transformer in a file of its own.
constexpr std::array<std::string_view, 4> kEnds{"input_blocks.0.0.", "out.2.", "proj_in.", "proj_out."};
constexpr std::string_view kCheckpointPrefix = "model.diffusion_model.";

/// Calls `holds` for each part between dots until one does.
template <class Predicate>
bool anyPart(std::string_view name, Predicate holds)
{
    while (!name.empty()) {
        const std::size_t dot = std::min(name.find('.'), name.size());
        if (holds(name.substr(0, dot)))
            return true;
        name.remove_prefix(std::min(dot + 1, name.size()));
    }
    return false;
}

/// The matrix behind an adaptive normalisation, as diffusers calls it ("norm1.linear"), is a matrix like others: other
/// programs have it as "img_mod.lin". The last one decides about every pixel and stays.
bool isModulation(std::string_view name)
{
    return name.ends_with(".linear.weight") && name.find("norm_out.") == std::string_view::npos;
}

/// "embedders" is the prefix of encoders in SDXL's checkpoints and no embedding.
bool isSensitivePart(std::string_view part)
{
    const bool isEmbedding = part.find("embed") != std::string_view::npos && part != "embedders";
    return isEmbedding || part.starts_with("adaln_modulation") || std::ranges::count(kSensitiveLayers, part) > 0;
}

bool isFirstOrLast(std::string_view name)
{
    if (name.starts_with(kCheckpointPrefix))
        name.remove_prefix(kCheckpointPrefix.size());
    return std::ranges::any_of(kEnds, [name](std::string_view end) { return name.starts_with(end); });
}

bool isSensitive(std::string_view name)
{
    const bool isNormalisation = name.find("norm") != std::string_view::npos && !isModulation(name);
    // "modulation" is a table in Wan's blocks and a layer with a matrix in Flux.
    const bool isMatrixOfModulation = name.ends_with("modulation.lin.weight");
    return isNormalisation || isFirstOrLast(name) || (!isMatrixOfModulation && anyPart(name, isSensitivePart));
}

bool isMatrix(const Shape& shape)
{
    return std::ranges::count_if(shape.dimensions, [](std::uint64_t dimension) { return dimension > 1; }) >= 2;
}

struct WideRow {
    Architecture architecture;
    std::string_view text; ///< anywhere in the name
};

/// As diffusers' models declare it, and the same layers under the names of the original code.
constexpr std::array kWide{
    WideRow{Architecture::Wan, "time_embed"},
    WideRow{Architecture::Wan, "scale_shift_table"},
    WideRow{Architecture::Wan, ".modulation"},
    WideRow{Architecture::Wan, "norm"},
    WideRow{Architecture::Kandinsky5, "time_embeddings"},
    WideRow{Architecture::Cosmos, "learnable_pos_embed"},
    WideRow{Architecture::CosmosPredict2, "learnable_pos_embed"},
};

} // namespace

bool mayBeFp8(const TensorEntry& tensor) { return isMatrix(tensor.shape) && !isSensitive(tensor.name); }

bool staysWide(Architecture architecture, std::string_view name)
{
    return std::ranges::any_of(kWide, [&](const WideRow& row) {
        return row.architecture == architecture && name.find(row.text) != std::string_view::npos;
    });
}

} // namespace weightroom::engine

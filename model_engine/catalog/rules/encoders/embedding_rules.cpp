// SPDX-License-Identifier: GPL-3.0-or-later
//
// Textual inversions: rows of a text encoder's width. "string_to_param" is the archive of AUTOMATIC1111, "emb_params"
// its successor; models with several encoders have a tensor for each.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

constexpr std::string_view kArchive = "string_to_param.";
constexpr std::string_view kParameters = "emb_params";

constexpr std::array kRules{
    embedding({.name = "embedding.sd3",
        .architecture = Architecture::Sd3,
        .conditions = {{{"clip_l", LastDimension, 768}, {"clip_g", LastDimension, 1280},
            {"t5xxl", LastDimension, 4096}}}}),
    embedding({.name = "embedding.sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{"clip_l", LastDimension, 768}, {"clip_g", LastDimension, 1280}}}}),
    embedding({.name = "embedding.flux",
        .architecture = Architecture::Flux,
        .conditions = {{{"clip_l", LastDimension, 768}, {"t5xxl", LastDimension, 4096}}}}),
    embedding({.name = "embedding.parameters_sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kParameters, LastDimension, 768}}}}),
    embedding({.name = "embedding.parameters_sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{kParameters, LastDimension, 1024}}}}),
    embedding({.name = "embedding.parameters_sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kParameters, LastDimension, 1280}}}}),
    embedding({.name = "embedding.archive_sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kArchive, WidthBelow, 768}}}}),
    embedding({.name = "embedding.archive_sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{kArchive, WidthBelow, 1024}}}}),
    embedding({.name = "embedding.archive_sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kArchive, WidthBelow, 1280}}}}),
};

} // namespace

RuleTable embeddingRules() { return kRules; }

} // namespace weightroom::engine

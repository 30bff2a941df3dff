// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/flux.h"

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kWidth = 3072;
constexpr std::uint64_t kHeadWidth = 128;
constexpr std::uint64_t kMlpWidth = 4 * kWidth;
constexpr std::uint64_t kPatch = 64; // 2 × 2 latent pixels of 16 channels
constexpr int kDoubleBlocks = 19;
constexpr int kSingleBlocks = 38;

std::uint64_t inputFeatures(FluxRelease release)
{
    switch (release) {
    case FluxRelease::Fill:
        return 384;
    case FluxRelease::Control:
        return 128;
    case FluxRelease::Schnell:
    case FluxRelease::Dev:
        break;
    }
    return kPatch;
}

void embedder(PartBuilder& part, const std::string& name, std::uint64_t in)
{
    part.linear(name + ".in_layer", kWidth, in);
    part.linear(name + ".out_layer", kWidth, kWidth);
}

void headNorms(PartBuilder& part, const std::string& name)
{
    part.tensor(name + ".query_norm.scale", {kHeadWidth});
    part.tensor(name + ".key_norm.scale", {kHeadWidth});
}

/// The half of a double block that belongs to the image or to the text.
void stream(PartBuilder& part, const std::string& name)
{
    part.linear(name + "_mod.lin", 6 * kWidth, kWidth);
    part.linear(name + "_attn.qkv", 3 * kWidth, kWidth);
    headNorms(part, name + "_attn.norm");
    part.linear(name + "_attn.proj", kWidth, kWidth);
    part.linear(name + "_mlp.0", kMlpWidth, kWidth);
    part.linear(name + "_mlp.2", kWidth, kMlpWidth);
}

void singleBlock(PartBuilder& part, const std::string& name)
{
    part.linear(name + ".linear1", 3 * kWidth + kMlpWidth, kWidth);
    part.linear(name + ".linear2", kWidth, kWidth + kMlpWidth);
    headNorms(part, name + ".norm");
    part.linear(name + ".modulation.lin", 3 * kWidth, kWidth);
}

} // namespace

Blueprint fluxTransformer(FluxRelease release, Dtype dtype)
{
    PartBuilder part{dtype};
    part.linear("img_in", kWidth, inputFeatures(release));
    embedder(part, "time_in", 256);
    embedder(part, "vector_in", 768);
    if (release != FluxRelease::Schnell)
        embedder(part, "guidance_in", 256);
    part.linear("txt_in", kWidth, 4096);
    for (int block = 0; block < kDoubleBlocks; ++block) {
        stream(part, "double_blocks." + std::to_string(block) + ".img");
        stream(part, "double_blocks." + std::to_string(block) + ".txt");
    }
    for (int block = 0; block < kSingleBlocks; ++block)
        singleBlock(part, "single_blocks." + std::to_string(block));
    part.linear("final_layer.linear", kPatch, kWidth);
    part.linear("final_layer.adaLN_modulation.1", 2 * kWidth, kWidth);
    return part.take();
}

} // namespace weightroom::engine

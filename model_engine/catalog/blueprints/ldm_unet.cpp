// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/ldm.h"

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kResidualBlocksPerLevel = 2;

/// Builds the blocks in the order of the authors' constructor, which numbers them.
class UnetBuilder {
public:
    UnetBuilder(const UnetDesign& design, Dtype dtype)
        : m_design(design)
        , m_part(dtype)
        , m_embedding(design.modelChannels * 4)
        , m_channels(design.modelChannels)
    {
    }

    void embeddings();
    void inputBlocks();
    void middleBlock();
    void outputBlocks();
    void controlnetParts();
    [[nodiscard]] Blueprint take() { return m_part.take(); }

private:
    [[nodiscard]] std::string nextInputBlock() { return "input_blocks." + std::to_string(m_skips.size()); }
    [[nodiscard]] std::uint64_t takeSkip();
    void inputLevel(std::size_t level);
    void outputLevel(std::size_t level, std::size_t& block);
    void residual(const std::string& name, std::uint64_t in, std::uint64_t out);
    void transformer(const std::string& name, std::uint64_t channels, std::uint64_t depth);
    void transformerBlock(const std::string& name, std::uint64_t channels);
    void attention(const std::string& name, std::uint64_t channels, std::uint64_t context);
    void projection(const std::string& name, std::uint64_t channels);

    const UnetDesign& m_design;
    PartBuilder m_part;
    std::uint64_t m_embedding; ///< width of the embedded time
    std::uint64_t m_channels; ///< behind the last block
    std::vector<std::uint64_t> m_skips; ///< channels of the input blocks' outputs
};

void UnetBuilder::embeddings()
{
    m_part.linear("time_embed.0", m_embedding, m_design.modelChannels);
    m_part.linear("time_embed.2", m_embedding, m_embedding);
    if (m_design.labelWidth != 0) {
        m_part.linear("label_emb.0.0", m_embedding, m_design.labelWidth);
        m_part.linear("label_emb.0.2", m_embedding, m_embedding);
    }
}

void UnetBuilder::residual(const std::string& name, std::uint64_t in, std::uint64_t out)
{
    m_part.norm(name + ".in_layers.0", in);
    m_part.convolution(name + ".in_layers.2", out, in, 3);
    m_part.linear(name + ".emb_layers.1", out, m_embedding);
    m_part.norm(name + ".out_layers.0", out);
    m_part.convolution(name + ".out_layers.3", out, out, 3);
    if (in != out)
        m_part.convolution(name + ".skip_connection", out, in, 1);
}

void UnetBuilder::attention(const std::string& name, std::uint64_t channels, std::uint64_t context)
{
    m_part.linear(name + ".to_q", channels, channels, Bias::Without);
    m_part.linear(name + ".to_k", channels, context, Bias::Without);
    m_part.linear(name + ".to_v", channels, context, Bias::Without);
    m_part.linear(name + ".to_out.0", channels, channels);
}

void UnetBuilder::transformerBlock(const std::string& name, std::uint64_t channels)
{
    attention(name + ".attn1", channels, channels);
    m_part.linear(name + ".ff.net.0.proj", channels * 8, channels); // GEGLU: half of it is the gate
    m_part.linear(name + ".ff.net.2", channels, channels * 4);
    attention(name + ".attn2", channels, m_design.contextWidth);
    for (const char* norm : {".norm1", ".norm2", ".norm3"})
        m_part.norm(name + norm, channels);
}

void UnetBuilder::projection(const std::string& name, std::uint64_t channels)
{
    if (m_design.hasLinearProjections)
        m_part.linear(name, channels, channels);
    else
        m_part.convolution(name, channels, channels, 1);
}

void UnetBuilder::transformer(const std::string& name, std::uint64_t channels, std::uint64_t depth)
{
    m_part.norm(name + ".norm", channels);
    projection(name + ".proj_in", channels);
    for (std::uint64_t block = 0; block < depth; ++block)
        transformerBlock(name + ".transformer_blocks." + std::to_string(block), channels);
    projection(name + ".proj_out", channels);
}

void UnetBuilder::inputLevel(std::size_t level)
{
    const std::uint64_t out = m_design.modelChannels * m_design.multipliers[level];
    for (std::uint64_t count = 0; count < kResidualBlocksPerLevel; ++count) {
        const std::string name = nextInputBlock();
        residual(name + ".0", m_channels, out);
        if (m_design.depths[level] != 0)
            transformer(name + ".1", out, m_design.depths[level]);
        m_channels = out;
        m_skips.push_back(out);
    }
    if (level + 1 < m_design.multipliers.size()) {
        m_part.convolution(nextInputBlock() + ".0.op", out, out, 3);
        m_skips.push_back(out);
    }
}

void UnetBuilder::inputBlocks()
{
    m_part.convolution(nextInputBlock() + ".0", m_channels, m_design.inputChannels, 3);
    m_skips.push_back(m_channels);
    for (std::size_t level = 0; level < m_design.multipliers.size(); ++level)
        inputLevel(level);
}

void UnetBuilder::middleBlock()
{
    residual("middle_block.0", m_channels, m_channels);
    transformer("middle_block.1", m_channels, m_design.middleDepth);
    residual("middle_block.2", m_channels, m_channels);
}

std::uint64_t UnetBuilder::takeSkip()
{
    const std::uint64_t channels = m_skips.back();
    m_skips.pop_back();
    return channels;
}

void UnetBuilder::outputLevel(std::size_t level, std::size_t& block)
{
    const std::uint64_t out = m_design.modelChannels * m_design.multipliers[level];
    for (std::uint64_t count = 0; count <= kResidualBlocksPerLevel; ++count, ++block) {
        const std::string name = "output_blocks." + std::to_string(block);
        residual(name + ".0", m_channels + takeSkip(), out);
        m_channels = out;
        const bool hasTransformer = m_design.depths[level] != 0;
        if (hasTransformer)
            transformer(name + ".1", out, m_design.depths[level]);
        if (level != 0 && count == kResidualBlocksPerLevel)
            m_part.convolution(name + (hasTransformer ? ".2" : ".1") + ".conv", out, out, 3);
    }
}

void UnetBuilder::outputBlocks()
{
    std::size_t block = 0;
    for (std::size_t level = m_design.multipliers.size(); level-- > 0;)
        outputLevel(level, block);
    m_part.norm("out.0", m_channels);
    m_part.convolution("out.2", 4, m_channels, 3); // the latent's 4 channels, however many go in
}

void UnetBuilder::controlnetParts()
{
    for (std::size_t block = 0; block < m_skips.size(); ++block)
        m_part.convolution("zero_convs." + std::to_string(block) + ".0", m_skips[block], m_skips[block], 1);
    m_part.convolution("middle_block_out.0", m_channels, m_channels, 1);
    // From the hint's RGB to the latent's size in eight convolutions; between them lie activations, which have no
    // weights.
    const std::vector<std::uint64_t> widths{3, 16, 16, 32, 32, 96, 96, 256, m_design.modelChannels};
    for (std::size_t layer = 0; layer + 1 < widths.size(); ++layer)
        m_part.convolution("input_hint_block." + std::to_string(2 * layer), widths[layer + 1], widths[layer], 3);
}

} // namespace

UnetDesign sd1Unet() { return {320, 4, {1, 2, 4, 4}, {1, 1, 1, 0}, 1, 768, 0, false}; }

UnetDesign sd2Unet() { return {320, 4, {1, 2, 4, 4}, {1, 1, 1, 0}, 1, 1024, 0, true}; }

UnetDesign sdxlUnet() { return {320, 4, {1, 2, 4}, {0, 2, 10}, 10, 2048, 2816, true}; }

UnetDesign sdxlRefinerUnet() { return {384, 4, {1, 2, 4, 4}, {0, 4, 4, 0}, 4, 1280, 2560, true}; }

Blueprint ldmUnet(const UnetDesign& design, Dtype dtype)
{
    UnetBuilder builder{design, dtype};
    builder.embeddings();
    builder.inputBlocks();
    builder.middleBlock();
    builder.outputBlocks();
    return builder.take();
}

Blueprint ldmControlnet(const UnetDesign& design, Dtype dtype)
{
    UnetBuilder builder{design, dtype};
    builder.embeddings();
    builder.inputBlocks();
    builder.middleBlock();
    builder.controlnetParts();
    return builder.take();
}

} // namespace weightroom::engine

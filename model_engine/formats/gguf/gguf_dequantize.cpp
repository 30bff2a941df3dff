// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/gguf_dequantize.h"

#include "model_engine/formats/gguf/block_decoders.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

BlockDecoder decoderOf(Dtype dtype)
{
    for (const auto& family : {avx2Decoders(), plainDecoders(), superBlockDecoders(), levelDecoders(),
             ternaryDecoders(), codebookDecoders()}) {
        const auto found = std::ranges::find(family, dtype, &BlockDecoderRow::dtype);
        if (found != family.end())
            return found->decode;
    }
    return nullptr;
}

} // namespace

bool canDequantize(Dtype dtype) { return decoderOf(dtype) != nullptr; }

Result<> dequantize(Dtype dtype, std::span<const std::byte> blocks, std::span<float> out)
{
    const BlockDecoder decode = decoderOf(dtype);
    if (decode == nullptr)
        return fail(ErrorCode::Unsupported, "values of the type " + std::string{toText(dtype)} + " cannot be computed");
    const DtypeTraits& traits = traitsOf(dtype);
    if (bytesOf(dtype, out.size()) != Bytes{blocks.size()}) {
        return fail(ErrorCode::InvalidValue,
            std::to_string(blocks.size()) + " bytes of " + std::string{toText(dtype)} + " are not "
                + std::to_string(out.size()) + " values");
    }
    const std::size_t blockSize = traits.bitsPerBlock / 8;
    for (; !out.empty(); out = out.subspan(traits.elementsPerBlock), blocks = blocks.subspan(blockSize))
        decode(BlockBytes{blocks.first(blockSize)}, out.first(traits.elementsPerBlock));
    return {};
}

} // namespace weightroom::engine

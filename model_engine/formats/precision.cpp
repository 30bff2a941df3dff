// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision.h"

#include "model_engine/formats/gguf/gguf_dequantize.h"
#include "model_engine/formats/precision/kernels.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace weightroom::engine {
namespace {

/// Numbers that are on their way at once: a multiple of every block, and 16 KiB of the first-level cache.
constexpr std::size_t kNumbersAtOnce = 4096;

std::size_t widthOf(Dtype precision) { return traitsOf(precision).bitsPerBlock / 8; }

Result<> decode(const PrecisionKernels& kernels, Dtype dtype, std::span<const std::byte> in, std::span<float> out)
{
    const NumberDecoder decoder = decoderOf(kernels, dtype);
    if (decoder == nullptr)
        return dequantize(dtype, in, out);
    decoder(in, std::as_writable_bytes(out));
    return {};
}

/// By way of fp32, in pieces that stay in the first-level cache.
Result<> convertThroughFloats(const PrecisionKernels& kernels, Dtype from, std::span<const std::byte> in, Dtype to,
    std::span<std::byte> out, PrecisionLoss& loss)
{
    alignas(64) std::array<float, kNumbersAtOnce> numbers;
    const DtypeTraits& source = traitsOf(from);
    const NumberEncoder encode = floatEncoderOf(kernels, to);
    while (!out.empty()) {
        const std::size_t count = std::min(kNumbersAtOnce, out.size() / widthOf(to));
        const std::size_t size = count / source.elementsPerBlock * source.bitsPerBlock / 8;
        const std::span<float> some = std::span{numbers}.first(count);
        if (auto decoded = decode(kernels, from, in.first(size), some); !decoded)
            return decoded;
        encode(std::as_bytes(some), out.first(count * widthOf(to)), loss);
        in = in.subspan(size);
        out = out.subspan(count * widthOf(to));
    }
    return {};
}

Result<> convertNumbers(const PrecisionKernels& kernels, Dtype from, std::span<const std::byte> in, Dtype to,
    std::span<std::byte> out, PrecisionLoss& loss)
{
    const NumberDecoder decoder = decoderOf(kernels, from);
    if (from == Dtype::F64)
        doubleEncoderOf(kernels, to)(in, out, loss);
    else if (from == Dtype::F32)
        floatEncoderOf(kernels, to)(in, out, loss);
    else if (to == Dtype::F32 && decoder != nullptr)
        decoder(in, out);
    else
        return convertThroughFloats(kernels, from, in, to, out, loss);
    return {};
}

} // namespace

bool isPrecision(Dtype dtype) { return floatEncoderOf(plainKernels(), dtype) != nullptr; }

bool hasNumbers(Dtype dtype)
{
    return dtype == Dtype::F64 || decoderOf(plainKernels(), dtype) != nullptr || canDequantize(dtype);
}

Result<> convertElementsBy(const PrecisionKernels& kernels, Dtype from, std::span<const std::byte> in, Dtype to,
    std::span<std::byte> out, PrecisionLoss& loss)
{
    if (!isPrecision(to) || !hasNumbers(from)) {
        return fail(ErrorCode::Unsupported,
            "numbers of the type " + std::string{toText(from)} + " cannot be brought to " + std::string{toText(to)});
    }
    const std::uint64_t elements = out.size() / widthOf(to);
    if (bytesOf(to, elements) != Bytes{out.size()} || bytesOf(from, elements) != Bytes{in.size()}) {
        return fail(ErrorCode::InvalidValue,
            std::to_string(in.size()) + " bytes of " + std::string{toText(from)} + " are not "
                + std::to_string(out.size()) + " bytes of " + std::string{toText(to)});
    }
    loss.elements += elements;
    return convertNumbers(kernels, from, in, to, out, loss);
}

Result<> convertElements(
    Dtype from, std::span<const std::byte> in, Dtype to, std::span<std::byte> out, PrecisionLoss& loss)
{
    return convertElementsBy(bestKernels(), from, in, to, out, loss);
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision/kernels.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

template <class Row>
const Row* rowOf(std::span<const Row> rows, Dtype dtype)
{
    const auto row = std::ranges::find(rows, dtype, &Row::dtype);
    return row == rows.end() ? nullptr : &*row;
}

NumberEncoder encoderOf(const PrecisionKernels& kernels, Dtype dtype, NumberEncoder EncoderRow::*which)
{
    const EncoderRow* row = rowOf(kernels.encoders, dtype);
    if (row != nullptr && row->*which != nullptr)
        return row->*which;
    const EncoderRow* plain = rowOf(plainKernels().encoders, dtype);
    return plain == nullptr ? nullptr : plain->*which;
}

} // namespace

const PrecisionKernels& bestKernels()
{
    static const PrecisionKernels* const best = avx2Kernels() == nullptr ? &plainKernels() : avx2Kernels();
    return *best;
}

NumberDecoder decoderOf(const PrecisionKernels& kernels, Dtype dtype)
{
    const DecoderRow* row = rowOf(kernels.decoders, dtype);
    if (row == nullptr)
        row = rowOf(plainKernels().decoders, dtype);
    return row == nullptr ? nullptr : row->decode;
}

NumberEncoder floatEncoderOf(const PrecisionKernels& kernels, Dtype dtype)
{
    return encoderOf(kernels, dtype, &EncoderRow::fromFloats);
}

NumberEncoder doubleEncoderOf(const PrecisionKernels& kernels, Dtype dtype)
{
    return encoderOf(kernels, dtype, &EncoderRow::fromDoubles);
}

} // namespace weightroom::engine

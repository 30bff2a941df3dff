// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/dtype.h"
#include "model_engine/core/shape.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// One tensor of a real model as its authors' code defines it, without its weights.
struct TensorBlueprint {
    std::string name; ///< in the file
    Dtype dtype = Dtype::Unknown;
    Shape shape;
    /// Whose weights these are: "vae_sdxl/decoder.conv_in.weight". Tensors of equal origin, type and shape have equal
    /// bytes in the sample library, however they are called in their files.
    std::string origin;
};

using Blueprint = std::vector<TensorBlueprint>;

enum class Bias : std::uint8_t { Without, With };

/// Collects the tensors of one part, with the building blocks that all architectures share. Names are relative to the
/// part.
class PartBuilder {
public:
    explicit PartBuilder(Dtype dtype)
        : m_dtype(dtype)
    {
    }

    void tensor(std::string name, Shape shape);
    void tensor(std::string name, Shape shape, Dtype dtype);
    void linear(const std::string& name, std::uint64_t out, std::uint64_t in, Bias bias = Bias::With);
    /// A square convolution with bias; `kernel` is its width.
    void convolution(const std::string& name, std::uint64_t out, std::uint64_t in, std::uint64_t kernel);
    /// Scale and shift of a normalisation.
    void norm(const std::string& name, std::uint64_t channels);

    [[nodiscard]] Blueprint take() { return std::move(m_tensors); }

private:
    Dtype m_dtype;
    Blueprint m_tensors;
};

/// `part` under `prefix` within a file, its weights being those of `family`.
[[nodiscard]] Blueprint placed(Blueprint part, std::string_view prefix, std::string_view family);

/// The parts, one after another.
[[nodiscard]] Blueprint joined(std::vector<Blueprint> parts);

[[nodiscard]] std::uint64_t parametersOf(const Blueprint& blueprint);
[[nodiscard]] Bytes bytesOf(const Blueprint& blueprint);

/// The same names, types and ranks with less weight. Tensors of up to kKeptElements stay as they are: all biases and
/// norms, and the first convolution, whose outputs tell the architecture. Of the others the outermost dimension, the
/// outputs, is divided (at least one row stays), and the inputs stay: they tell context width, channels and hidden
/// width.
[[nodiscard]] Blueprint shrunk(Blueprint blueprint, std::uint64_t divisor);

/// The first convolution of an inpainting UNet has 384 × 9 × 3 × 3 elements at most.
inline constexpr std::uint64_t kKeptElements = 32 * 1024;

} // namespace weightroom::engine

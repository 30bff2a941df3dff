// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace weightroom::benchmarks {

/// Writes the models that one person collects, with the names and shapes of real ones and random weights, equal where
/// theirs are: below `folder`
///
///   base-models/sdxl-base            fp16: UNet, VAE, CLIP-L, CLIP-G                         6.9 GB
///   base-models/sdxl-finetune        another UNet, the same VAE and text encoders            6.9 GB
///   base-models/sdxl-merge           a LoRA merged into the UNet: other attention weights    6.9 GB
///   base-models/flux-dev-nf4         transformer in 4 bits, T5 in fp8, CLIP-L, VAE          12.0 GB
///   base-models/flux-schnell-nf4     another transformer, the rest the same                 12.0 GB
///   vaes/sdxl-vae                    that of the three checkpoints                           0.2 GB
///   text-encoders/t5xxl-fp8, clip-l  those of Flux                                           5.0 GB
///
/// and sdxl-base once more as a diffusers folder, which the conversion makes of it. `divisor`: by what the weights of
/// large tensors are divided, all alike, so that the parts keep their proportions; 1: the sizes above. Files that are
/// there stay. Errors: those of writeSafetensors().
[[nodiscard]] engine::Result<> writeSharingSet(
    const std::filesystem::path& folder, std::uint64_t divisor, const std::stop_token& stop);

} // namespace weightroom::benchmarks

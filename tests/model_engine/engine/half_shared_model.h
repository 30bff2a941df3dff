// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/model_engine/engine/engine_rig.h"

#include <string>

namespace weightroom::test {

constexpr std::uint64_t kOwnSize = 1'500'000;
constexpr std::uint64_t kCommonSize = 1'000'001;

/// A model of two tensors: one of its own and one that all of these have, under a name of its own.
inline void writeHalfShared(EngineRig& rig, const std::string& name)
{
    const std::string file = SafetensorsBuilder()
                                 .entry("own.weight", "U8", {kOwnSize}, 0, kOwnSize)
                                 .entry(name + ".common", "U8", {kCommonSize}, kOwnSize, kOwnSize + kCommonSize)
                                 .data(tensorPattern(name, kOwnSize))
                                 .data(tensorPattern("common", kCommonSize))
                                 .build();
    rig.folder.write("models/" + name + ".safetensors", file);
}

} // namespace weightroom::test

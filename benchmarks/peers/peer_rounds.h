// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/spread.h"
#include "model_engine/core/bytes.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace weightroom::benchmarks {

struct PeerRequest {
    std::filesystem::path file;
    std::filesystem::path python; ///< with torch, safetensors and what else there is of the peers; empty: none
    /// Another model that has half of its bytes in common with the file (benchmarks/peers/make_half_shared.py); empty: none.
    std::filesystem::path second;
    unsigned rounds = 5;
};

/// What one way of loading took, a value a round.
struct PeerFigures {
    std::string name;
    Spread coldSeconds; ///< from the request until the bytes are in RAM, the file not in the page cache
    Spread coldToDisk; ///< seconds ÷ what the disk alone takes at its limit, measured just before and just after
    Spread coldCpu; ///< CPU seconds per 10^9 bytes
    Spread warmSeconds; ///< the file in the page cache
    Spread warmCpu;
};

struct PeerResult {
    engine::Bytes size; ///< of the file
    Spread diskLimit; ///< bytes per second
    std::vector<PeerFigures> figures; ///< ours first
};

/// Loads one file into RAM as Weightroom and each peer do, in one run: within a round all take turns, in another order
/// each time, each in a fresh process or a fresh engine, whose start and imports do not count and come before the disk
/// is made to work: each cold load begins on a disk that has no rest behind it. Peers that cannot be imported are left
/// out and named on the standard error. Errors: those of the engine's operations and of the limits; IoError when the
/// file cannot be made cold.
[[nodiscard]] engine::Result<PeerResult> runPeerRounds(const PeerRequest& request, const std::stop_token& stop);

} // namespace weightroom::benchmarks

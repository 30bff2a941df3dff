// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/peers/peer_rounds.h"
#include "model_engine/core/json.h"

#include <iosfwd>

namespace weightroom::benchmarks {

/// The table for people: median (minimum to maximum) of every figure.
void printTable(const PeerResult& result, std::ostream& out);
[[nodiscard]] engine::Json toJson(const PeerResult& result);

} // namespace weightroom::benchmarks

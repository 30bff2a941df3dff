// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/cache_policy/cache_trace.h"

namespace weightroom::benchmarks {

/// Traces as people might leave them, made with the sizes of real models. The same seed gives the same traces.
///
/// - artist: half a dozen checkpoints with LoRAs, of which three are in favour for a while; twenty runs of the engine
/// - studio: a queue of jobs over 40 checkpoints, a few asked for often, in series of one project each
/// - comparison: the same prompt through one checkpoint after the other, over and over: the worst case of LRU
/// - one-off pass: the artist's work, with a dozen models that are loaded once in between
/// - no habit: a dozen models at random, where nothing can be learned
[[nodiscard]] std::vector<Trace> generateTraces(std::uint64_t seed);

} // namespace weightroom::benchmarks

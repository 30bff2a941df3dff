// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/torch/pickle_values.h"

namespace weightroom::engine {

/// What a pickle may make us do. A checkpoint of 100,000 tensors stays below a fifth of it; tests hand in smaller ones.
struct PickleLimits {
    Bytes size = kMiB * 64; ///< of the pickle itself
    /// 1.5 s (2026-11, one core of a 2-core virtual machine).
    std::uint64_t opcodes = 20'000'000;
    std::size_t stack = 4'000'000;
    std::size_t memo = 16'000'000;
    std::size_t depth = 256; ///< of containers in each other
    /// Values may take `builtTimesSize` times the pickle's own size: a state dict takes three times. Small ones may
    /// take the floor, and none more than the ceiling.
    std::uint64_t builtTimesSize = 4;
    Bytes builtFloor = kKiB * 64;
    Bytes builtCeiling = kMiB * 96;
};

/// A pickle that was read to its end.
struct Pickle {
    PickleTree values;
    PickleRef root{};
    std::size_t size = 0; ///< bytes, from the first to the one that ends it
};

/// Reads the pickle that `bytes` begin with, protocol 2 to 5; more may follow it. Nothing is called: a function that
/// the pickle names is looked up in a closed table (pickle_globals.h) and what it would give becomes an inert value, or
/// the pickle is refused. Time and memory are linear in the pickle's size, whatever it says; there is no recursion.
///
/// `bytes` must outlive the result. Any thread.
/// Errors:
///   UnsafePickle   a call of anything outside of the table, by whichever opcode, naming it
///   FileTruncated  the bytes end before the pickle does; `required` of the context says how many there must at least
///   be Unsupported    opcodes of protocols 0 and 1, whole modules with their source code HeaderTooLarge a limit
///   InvalidFormat  all else
[[nodiscard]] Result<Pickle> readPickle(std::string_view bytes, const PickleLimits& limits = {});

} // namespace weightroom::engine

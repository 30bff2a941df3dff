// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/arena.h"

#include <cstdint>
#include <span>

namespace weightroom::engine {

// Where bytes lie in memory decides whether a disk can write them there by itself. A direct read (O_DIRECT) moves whole
// blocks of the disk to addresses that begin a block too, so a tensor, which begins anywhere in its file, has to begin
// at the same distance from a block's border in memory: then all blocks but the first and the last come in place, and
// no processor copies them. Such a tensor lies *in step* with its file.
//
//     file     |---block---|---block---|---block---|
//              .......tttttttttttttttttttttt........
//     memory   .......tttttttttttttttttttttt........      |: multiples of kDirectAlignment

/// What direct reads want offsets, lengths and addresses to be multiples of: serves disks with blocks of 512 and of
/// 4096 bytes.
inline constexpr std::uint64_t kDirectAlignment = 4096;
/// Tensors from here on lie in step with their files. Up to one block is lost for it, at most 0.8 % of a tensor, and
/// less than 0.1 % of the checkpoints that people have, which are mostly made of larger ones.
inline constexpr Bytes kSmallestInStep = kKiB * 512;

/// Whether these bytes, which belong to `fileOffset`, lie in step with it.
[[nodiscard]] bool isInStep(std::span<const std::byte> bytes, std::uint64_t fileOffset);
/// What has to be asked of the arena for `size` bytes, so that placeInStep() has a choice.
[[nodiscard]] Bytes roomInStep(Bytes size);
/// The part of `room`, which is as large as roomInStep() said, where the bytes lie in step; all of it below
/// kSmallestInStep. It may begin at any address: what reads the cache (copies, comparisons, conversions) does not mind,
/// and copies to a host device were as fast from there.
[[nodiscard]] Allocation placeInStep(Allocation room, Bytes size, std::uint64_t fileOffset);

} // namespace weightroom::engine

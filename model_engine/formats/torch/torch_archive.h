// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

namespace weightroom::engine {

/// The largest pickle that is read: three times what a checkpoint of 100,000 tensors takes.
inline constexpr Bytes kMaxTorchPickle = kMiB * 64;

/// Reads what a file of PyTorch (.ckpt, .pt, .pth, .bin) holds: a zip archive of torch.save, or the older form, pickles
/// with the storages behind them. The file is never handed to Python or LibTorch, and nothing of it is executed: the
/// pickle is read by a machine that has no way to call anything (pickle_machine.h).
///
/// No storage is read. Any thread; a checkpoint of 60,000 tensors takes 0.35 s (2026-11, one core of a 2-core virtual
/// machine). Memory: about four times the pickle, and below 256 MiB whatever the file says.
/// Errors: FileTruncated, InvalidFormat, HeaderTooLarge, UnsafePickle (naming what it would call), UnknownDtype,
/// Unsupported (right, but not read: encrypted, compressed, big-endian, sparse, quantized, …), UnknownFormat (an
/// archive or pickle of another program, naming what it is), those of the source.
[[nodiscard]] Result<TensorIndex> readTorchArchive(const ByteSource& source);

} // namespace weightroom::engine

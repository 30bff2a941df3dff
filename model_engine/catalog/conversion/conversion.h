// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/files/new_file.h"
#include "model_engine/core/result.h"
#include "model_engine/formats/precision.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

enum class ConversionTarget : std::uint8_t {
    None = 0,
    Safetensors, ///< one file
    Diffusers ///< a folder
};

/// The copy of the weights that training averages, beside those that are used.
enum class EmaCopy : std::uint8_t { None = 0, Keep, Drop };

/// Whether what an earlier run of the same conversion has left is used.
enum class Resume : std::uint8_t { No, Yes };

struct ConversionRequest {
    std::filesystem::path target; ///< the file or the folder that is to be
    ConversionTarget format = ConversionTarget::Safetensors;
    /// What floating-point tensors are brought to; nothing: they stay as they are, and quantised ones become fp16.
    std::optional<Dtype> precision{};
    EmaCopy ema = EmaCopy::Drop;
    IfExists ifExists = IfExists::Refuse; ///< of a file; a folder is never replaced
    Resume resume = Resume::Yes;
};

struct WrittenFile {
    std::filesystem::path path;
    Bytes size;
};

struct ConversionReport {
    std::vector<WrittenFile> files; ///< with weights
    std::uint64_t tensors = 0; ///< in these
    std::uint64_t convertedTensors = 0; ///< of them, whose type is another one now
    std::uint64_t droppedTensors = 0; ///< of the model, that no file has
    Bytes droppedSize;
    PrecisionLoss loss;
    Bytes written;
    Bytes resumed; ///< of the weights, that an earlier run had written
    std::vector<std::string> notes; ///< English sentences: what whoever opens the result should know
};

/// Bytes of weights that were written, and that will be; on the caller's thread.
using ConversionProgress = std::function<void(Bytes done, Bytes total)>;

/// What becomes of what a conversion has written when it is stopped.
enum class AfterStop : std::uint8_t {
    Discard, ///< whoever stopped it does not want it
    Keep ///< the program ends: it may go on another time
};

/// After so many bytes what was written is made durable, and noted: what a crash costs at most. 2 GiB that were copied
/// took 5.2 s with points every 256 MiB and 5.3 s without; every 64 MiB 6.6 s (2026-11, mean of three, a virtual disk
/// of 0.4 GB/s on a busy 2-core machine, 64 MiB at 4.3 to 7.8 s).
inline constexpr Bytes kDurableInterval = kMiB * 256;

/// What a running conversion tells, and what it asks, on the caller's thread.
struct ConversionControl {
    ConversionProgress progress{}; ///< empty: it is not told
    /// Told once, before the first progress, when the conversion goes on with so many bytes of weights.
    std::function<void(Bytes)> resumed{};
    std::stop_token stop{};
    std::function<AfterStop()> afterStop{}; ///< asked when `stop` has ended the work; empty: Discard
    Bytes durableInterval = kDurableInterval;
};

/// Writes a model in another format or precision (O7): reads tensor by tensor, and the new file appears whole, synced,
/// or not at all. The source is only read. `record` is what examinePath() has just given.
///
/// Names, shapes and order of the elements stay; a tensor that shares its bytes with others is written by itself. The
/// fields of the header stay but for hashes, which would be wrong, and "weightroom.converted_from" tells the name of
/// the source. docs/decisions/0008 says why.
///
/// What a crash, a full disk or the end of the program has interrupted goes on where it was durable last, when the same
/// is asked for again and the source is as it was; files and report are those of a conversion that nothing interrupted
/// (docs/decisions/0010). Who cancels it, or changes the source, loses it.
///
/// Errors: what the record says of a model that cannot be used; InvalidValue for a target that is the source itself, or
/// has not the name of what it is to be; AlreadyExists; FileInUse, while another conversion writes to the target;
/// DiskFull with both sizes, before the work where the file system can tell; Unsupported, for weights that are scaled
/// or packed by other tensors, for types that no number can be told of, and for models whose layout is not known;
/// FileChanged, when the source is changed meanwhile; Cancelled; those of reading and writing.
[[nodiscard]] Result<ConversionReport> convertModel(
    const ModelRecord& record, const ConversionRequest& request, const ConversionControl& control);

} // namespace weightroom::engine

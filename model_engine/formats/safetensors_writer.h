// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/new_file.h"
#include "model_engine/core/result.h"
#include "model_engine/core/shape.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A tensor to be written; `dtype` must be one that safetensors has.
struct TensorDescription {
    std::string name;
    Dtype dtype = Dtype::Unknown;
    Shape shape;
};

/// What a file is to hold. The tensors' data follow each other in this order.
struct SafetensorsPlan {
    std::vector<TensorDescription> tensors;
    std::map<std::string, std::string, std::less<>> metadata;
};

/// Gives the bytes of tensor number `tensor` from `offset` (within the tensor) on: fills all of `block`. It is called
/// on the caller's thread, in the order of the file, so counting its bytes gives the progress. An error ends the
/// writing.
using TensorFiller = std::function<Result<>(std::size_t tensor, std::uint64_t offset, std::span<std::byte> block)>;

/// The largest block that a filler is asked for: large enough that a call costs nothing beside it, small enough that a
/// cancelled job ends within a few milliseconds.
inline constexpr Bytes kWriterBlock = kMiB * 4;

/// The bytes in front of the data: length and JSON text, filled up with spaces to a multiple of eight. The text is read
/// back by the reader before it is given out: what is written can be read. Errors: InvalidValue for names that are not
/// UTF-8 or stand twice, types that safetensors has not, and sizes beyond 64 bits; HeaderTooLarge.
[[nodiscard]] Result<std::string> makeSafetensorsHeader(const SafetensorsPlan& plan);

/// A new file in the making, for those who write several together or decide late whether it is to be. Nobody sees it
/// before commit(); whatever ends before leaves nothing behind. Used by one thread.
class SafetensorsFile {
public:
    /// Makes the header and takes the room. Errors: DiskFull with both sizes, NotFound, PermissionDenied, IoError,
    /// those of makeSafetensorsHeader().
    [[nodiscard]] static Result<SafetensorsFile> create(const std::filesystem::path& target, SafetensorsPlan plan);

    /// Writes header and data; `stop` is looked at before every block. Call it once. Errors: Cancelled, DiskFull,
    /// IoError, those of the filler.
    [[nodiscard]] Result<> write(const TensorFiller& fill, const std::stop_token& stop);
    /// Makes it durable, and gives it its name last. Call it once. Errors: AlreadyExists, DiskFull, IoError.
    [[nodiscard]] Result<> commit(IfExists ifExists) { return m_file.commit(ifExists); }
    [[nodiscard]] Bytes size() const { return m_size; }
    [[nodiscard]] Bytes dataSize() const { return m_size - Bytes{m_header.size()}; } ///< what the filler gives

private:
    SafetensorsFile(NewFile file, SafetensorsPlan plan, std::string header, Bytes size);

    NewFile m_file;
    SafetensorsPlan m_plan;
    std::string m_header;
    Bytes m_size;
};

/// Writes a new file and gives its size. The file appears under its name whole and synced to the disk, or not at all;
/// nothing stays behind after an error or a cancel. A file that is already there, or that appears meanwhile, is never
/// replaced. `stop` is looked at before every block. Blocks; any thread.
/// Errors: AlreadyExists, DiskFull (with both sizes, before the first block where the file system can tell), Cancelled,
/// NotFound, PermissionDenied, IoError, those of makeSafetensorsHeader() and those of the filler.
[[nodiscard]] Result<Bytes> writeSafetensors(const std::filesystem::path& target, const SafetensorsPlan& plan,
    const TensorFiller& fill, const std::stop_token& stop = {});

} // namespace weightroom::engine

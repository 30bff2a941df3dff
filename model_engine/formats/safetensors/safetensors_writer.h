// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/files/new_file.h"
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

/// Takes the next bytes of a file. An error ends the writing.
using BlockWriter = std::function<Result<>(std::span<const std::byte> block)>;

/// The bytes of a file that is to be: the header, then what a filler gives. For those who write several together, late,
/// or in several runs. A value; used by one thread.
class SafetensorsContent {
public:
    /// Errors: those of makeSafetensorsHeader().
    [[nodiscard]] static Result<SafetensorsContent> make(SafetensorsPlan plan);

    [[nodiscard]] const std::string& header() const { return m_header; }
    [[nodiscard]] Bytes size() const { return m_size; }
    /// Hands all bytes from `begin` on to `append`, in blocks whose ends do not depend on `begin` when it is such an
    /// end, which `begin` has to be where the filler needs whole elements. `stop` is looked at before every block.
    /// Errors: Cancelled, those of the two functions.
    [[nodiscard]] Result<> write(
        Bytes begin, const BlockWriter& append, const TensorFiller& fill, const std::stop_token& stop) const;

private:
    SafetensorsContent(SafetensorsPlan plan, std::string header, Bytes size);

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

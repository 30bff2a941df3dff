// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/dtype.h"
#include "model_engine/core/shape.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// Where bytes lie in a file.
struct ByteRange {
    std::uint64_t begin = 0; ///< from the start of the file
    Bytes size;

    [[nodiscard]] std::uint64_t end() const { return begin + size.value; }
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// One tensor as its file describes it. A TensorIndex holds only entries whose range was checked against the real file.
struct TensorEntry {
    std::string name;
    Dtype dtype = Dtype::Unknown;
    Shape shape; ///< outermost dimension first, also where the file has it the other way round; see fileShape()
    ByteRange range; ///< from its first to its last element
    std::uint32_t file = 0; ///< which of the model's files; 0 for a model of one file
    /// Empty when the elements follow each other in the order of the shape. Otherwise, for each dimension, how many
    /// elements one step is: the tensor is a transposed, sliced or repeated view of its range.
    std::vector<std::uint64_t> strides{};

    [[nodiscard]] bool isContiguous() const { return strides.empty(); }
};

/// The bytes that a tensor takes when its elements follow each other: those of its range, unless it is a strided view.
[[nodiscard]] Bytes contiguousSize(const TensorEntry& entry);

enum class FileFormat : std::uint8_t {
    Unknown = 0,
    Safetensors,
    Diffusers, ///< a folder of components, each in a file or in shards of its own
    Gguf,
    TorchZip, ///< what torch.save writes since PyTorch 1.6
    TorchLegacy, ///< what it wrote before
};
/// "unknown", "safetensors", "diffusers", "gguf", "torch-zip", "torch-legacy".
[[nodiscard]] std::string_view toText(FileFormat format);

/// The shape of a tensor as people know it from files of this format: GGUF writes the innermost dimension first.
[[nodiscard]] Shape fileShape(const TensorEntry& entry, FileFormat format);
/// The type in the spelling of the format, "Q4_K" or "BF16" (diffusers folders hold safetensors files); our own where
/// the format has no such type.
[[nodiscard]] std::string_view fileDtypeName(Dtype dtype, FileFormat format);

/// The header's own fields, as text.
using HeaderMetadata = std::map<std::string, std::string, std::less<>>;

/// What every format reader gives: the validated description of a file's tensors. It is built once by a reader and not
/// changed after, so holding one means that all of it was checked:
///
///                                       safetensors, gguf    torch-zip, torch-legacy
///   names unique                        yes                  yes
///   ranges inside the file              yes                  yes
///   type × shape = bytes of the range   yes                  where it is contiguous; strides tell the range of others
///   no byte belongs to two tensors      yes                  no: storages may be shared, and views overlap
///   no byte belongs to none             but for padding      no: headers, checksums, parts that no tensor needs
///   sum of the sizes                    at most the file's   at most four times the file's, or 16 MiB
struct TensorIndex {
    FileFormat format = FileFormat::Unknown;
    std::vector<TensorEntry> tensors; ///< sorted by position in the file
    HeaderMetadata metadata;
    Bytes headerSize; ///< bytes before the first tensor
    Bytes dataSize; ///< sum of contiguousSize() over all tensors, without what lies between them
};

/// Looks tensors up by name; borrows from the index, which must outlive it.
class TensorLookup {
public:
    explicit TensorLookup(const TensorIndex& index);
    [[nodiscard]] const TensorEntry* find(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }
    /// The first tensor (in the order of names) whose name begins with `prefix`, or nullptr.
    [[nodiscard]] const TensorEntry* firstWithPrefix(std::string_view prefix) const;
    /// All entries in the order of their names; lives as long as the lookup, so not of a temporary one.
    [[nodiscard]] std::span<const TensorEntry* const> byName() const& { return m_byName; }
    std::span<const TensorEntry* const> byName() const&& = delete;

private:
    std::vector<const TensorEntry*> m_byName;
};

} // namespace weightroom::engine

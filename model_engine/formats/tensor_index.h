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
    ByteRange range;
    std::uint32_t file = 0; ///< which of the model's files; 0 for a model of one file
};

enum class FileFormat : std::uint8_t {
    Unknown = 0,
    Safetensors,
    Diffusers, ///< a folder of components, each in a file or in shards of its own
    Gguf,
};
[[nodiscard]] std::string_view toText(FileFormat format); ///< "unknown", "safetensors", "diffusers", "gguf"

/// The shape of a tensor as people know it from files of this format: GGUF writes the innermost dimension first.
[[nodiscard]] Shape fileShape(const TensorEntry& entry, FileFormat format);
/// The type in the spelling of the format, "Q4_K" or "BF16" (diffusers folders hold safetensors files); our own where
/// the format has no such type.
[[nodiscard]] std::string_view fileDtypeName(Dtype dtype, FileFormat format);

/// What every format reader gives: the validated description of a file's tensors. It is built once by a reader and not
/// changed after, so holding one means that all of it was checked: names unique, ranges inside the file and free of
/// overlap, dtype × shape = bytes.
struct TensorIndex {
    FileFormat format = FileFormat::Unknown;
    std::vector<TensorEntry> tensors; ///< sorted by position in the file
    std::map<std::string, std::string, std::less<>> metadata; ///< the header's own fields, as text
    Bytes headerSize; ///< bytes before the first tensor
    Bytes dataSize; ///< sum over all tensors, without what lies between them
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

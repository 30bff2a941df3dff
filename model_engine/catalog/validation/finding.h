// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What a check has found: a word for programs and translators. Behind each, in this order, what it counts and names.
enum class FindingWord : std::uint8_t {
    None = 0,
    // Any check behind the structure
    NotAskedFor,
    StructureBroken, ///< so that there was nothing to look at
    // Structure
    TensorsFillFile, ///< tensors, files: without a gap, an overlap or bytes behind
    TensorsFillPaddedFile, ///< tensors, files: the same, but for padding
    TensorsInStorages, ///< tensors, files: each inside its storage, which has the size that the pickle says
    TensorsInFiles, ///< tensors, files: each inside its file
    TruncatedFile, ///< names the file
    MissingFile, ///< of shards, or of a pipeline; names the folder that lacks it
    UnknownFormat, ///< names the file
    UnsafePickle, ///< names the file
    Malformed, ///< names the file: anything else that a reader refuses; the error says what
    // Completeness
    AllThere, ///< names the architecture
    MissingTensors, ///< missing; names the first
    ExtraTensors, ///< extra; names the first
    UnknownArchitecture,
    // Values: elements, nan, infinite, zero_tensors, unknown_tensors; name the first tensors with problems
    AllNumbers,
    NanFound, ///< perhaps infinite ones too
    InfiniteFound,
    AllZero, ///< tensors of nothing but zeros
    UnknownValues, ///< tensors of types whose values cannot be computed
    // Checksums
    NoChecksums, ///< the format has none
    ChecksumsEqual, ///< entries
    ChecksumsDiffer, ///< entries, damaged; names the first entry
    // Hashes
    NoClaim, ///< nobody claims one
    SeveralFiles, ///< files; hashes are claimed for single ones
    HashesEqual, ///< hashes
    HashesDiffer, ///< hashes, differing; names "algorithm: source" of these
    HashesNotComputed, ///< only by algorithms that are not computed
};
inline constexpr FindingWord kLastFindingWord = FindingWord::HashesNotComputed;

/// "not_asked_for", "missing_tensors", …
[[nodiscard]] std::string_view toText(FindingWord word);

/// How many of something: "tensors", "missing", …
struct FindingCount {
    std::string_view name;
    std::uint64_t value = 0;
};

/// Of more names only the first are given.
inline constexpr std::size_t kMostFindingNames = 3;

/// A word with its numbers and names.
struct CheckFinding {
    FindingWord word = FindingWord::None;
    std::vector<FindingCount> counts{};
    std::vector<std::string> names{}; ///< kMostFindingNames at most; perhaps not UTF-8
};

/// The first kMostFindingNames of them.
[[nodiscard]] std::vector<std::string> firstNames(std::span<const std::string> names);

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/file_hashes.h"
#include "model_engine/catalog/model_record.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Who says that a file has a hash: this program has read it, or the Hugging Face hub has named its blob so.
enum class HashSource : std::uint8_t { None = 0, Computed, HubBlobName };
[[nodiscard]] std::string_view toText(HashSource source); ///< "computed", "hub blob name"

/// The hashes of one file that are known without reading it. They hold for the state of the file that they were taken
/// in, and for no other.
struct KnownFileHashes {
    FileIdentity identity{}; ///< as in ModelRecord::identity(), without the device
    std::map<HashAlgorithm, std::optional<std::string>> computed{}; ///< nothing: the file does not have this one
    std::string hubSha256{}; ///< empty: not known by the name of a blob

    /// Whether all hashes were taken that a file can have.
    [[nodiscard]] bool isComplete() const;
    [[nodiscard]] bool isEmpty() const { return computed.empty() && hubSha256.empty(); }
    friend bool operator==(const KnownFileHashes&, const KnownFileHashes&) = default;
};

/// Of the files of a model, in their order; never more than it has.
using ModelHashes = std::vector<KnownFileHashes>;
using ModelHashesPtr = std::shared_ptr<const ModelHashes>;

/// One row for each file of the model: what is known of its present state, which is nothing where the file has changed.
/// `known` may be nullptr.
[[nodiscard]] ModelHashes hashesNow(const ModelRecord& record, const ModelHashes* known);

/// What was just taken, as something to know. `request`: what was asked for.
[[nodiscard]] KnownFileHashes knownFrom(const HashRequest& request, const FileHashes& hashes);

/// Adds what `more` knows of the same state; the newer one counts.
void addHashes(KnownFileHashes& known, const KnownFileHashes& more);

/// How far the hashes of the whole library are taken; files of models that can be used.
struct HashingProgress {
    std::uint64_t filesDone = 0;
    std::uint64_t filesTotal = 0;

    friend bool operator==(const HashingProgress&, const HashingProgress&) = default;
};

} // namespace weightroom::engine

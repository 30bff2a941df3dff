// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/folders/found_model.h"
#include "model_engine/catalog/model_record.h"
#include "model_engine/formats/safetensors/seen_keys.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weightroom::engine {

/// The id of a model that nobody knew before: a readable stem and 64 bits of a hash of its path. With a `salt` another
/// one, for where that is taken.
[[nodiscard]] ModelId modelIdFor(const std::filesystem::path& path, std::uint64_t salt = 0);

/// Which known model each found one is. Its id goes along, and with it all that is kept under the id. The rules, each
/// over all files before the next one:
///
///     1. unchanged     same path, inode, size, times
///     2. renamed       same device, inode, size and time of modification under another path
///     3. replaced      the same path
///     4. moved         same content key, and a time of modification that other file systems can keep, while the known
///                      one is no longer there; only who has read the file can tell
///     5. new
///
/// No known model is two of the found ones.
class ModelMatcher {
public:
    /// `known`: what is known of earlier scans, models that are gone too. `stale`: known as well, but nothing of them
    /// is used except their files, times and content keys. All spans must outlive the object; what was found of a model
    /// may be emptied after recordOf() was asked for it.
    ModelMatcher(std::span<const ModelRecordPtr> known, std::span<const ModelRecordPtr> stale,
        std::span<const FoundModel> found);

    /// What is known of the found model, under its present paths; nullptr when it has to be read.
    [[nodiscard]] ModelRecordPtr recordOf(std::size_t number) const;

    /// Gives the models their ids, by all rules. `models` are those that were found, in their order. Looks whether
    /// known files are still there. Call it once.
    void giveIds(std::vector<ModelRecordPtr>& models);

private:
    /// What a found model is, by the looks of its files.
    enum class MatchKind : std::uint8_t {
        None = 0, ///< nobody knew it
        Unchanged, ///< the same files in the same state
        Renamed, ///< the same files under other paths
        Replaced, ///< other files, or another state of them, in its place
    };
    struct Known {
        const ModelRecordPtr* pointer = nullptr; ///< where the caller has it: a count of owners is dear to change
        bool isStale = false;
        bool isTaken = false;

        [[nodiscard]] const ModelRecord& record() const { return **pointer; }
    };
    struct Match {
        MatchKind kind = MatchKind::None;
        const Known* known = nullptr; ///< nullptr for None
    };
    using Candidates = std::multimap<ContentKey, Known*>;

    void add(std::span<const ModelRecordPtr> records, bool areStale);
    void lookAtPaths();
    void lookAtNodes();
    void match(MatchKind kind, Known* (ModelMatcher::*rule)(const FoundModel&));
    [[nodiscard]] Known* unchanged(const FoundModel& found);
    [[nodiscard]] Known* renamed(const FoundModel& found);
    [[nodiscard]] Known* replaced(const FoundModel& found);
    [[nodiscard]] ModelId newId(const std::filesystem::path& path);

    std::span<const FoundModel> m_found;
    std::vector<Known> m_known;
    std::size_t m_next = 0; ///< of m_known: all before it were found, one after the other
    std::unordered_map<std::string_view, Known*> m_byPath; ///< borrows from the records; empty until it is needed
    std::map<std::vector<FileIdentity>, Known*> m_byNodes; ///< without the time that a rename changes
    std::vector<Match> m_matches; ///< of the found ones, by the rules 1 to 3
    SeenKeys m_knownIds; ///< borrows from the records
    std::unordered_set<std::string> m_newIds;
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/memory/contents/content_store.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace weightroom::engine {

/// Which content the tensors of a file turned out to have when they were read: a later load of the file, or of another
/// model with it, takes what is still in RAM and reads only the rest. It says nothing about where a content is.
/// Lives on the engine thread: no locks.
class KnownContents {
public:
    /// By the tensors' ordinals in the file; without an id where nothing is known. Empty for a file that was never
    /// read.
    using OfFile = std::vector<ContentLabel>;

    [[nodiscard]] OfFile find(const FileIdentity& file) const;
    /// What `learned` knows takes the place of what was known of the same tensors. Answers with all that is known now,
    /// where that is more or other than before.
    [[nodiscard]] std::optional<OfFile> learn(const FileIdentity& file, const OfFile& learned);

    // 80 KB for an SDXL checkpoint: 40 MB at most for libraries of such files.
    static constexpr std::size_t kMostFiles = 512;

private:
    struct Row {
        OfFile contents;
        std::uint64_t learnedAt = 0; ///< counts up; the lowest is forgotten first
    };
    void forgetTheOldest();

    std::map<FileIdentity, Row> m_files;
    std::uint64_t m_lessons = 0;
};

} // namespace weightroom::engine

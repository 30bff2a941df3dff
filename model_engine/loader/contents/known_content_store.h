// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/kept_database.h"
#include "model_engine/loader/contents/known_contents.h"

#include <filesystem>
#include <mutex>
#include <span>

namespace weightroom::engine {

/// A file that was read, and all that is known of its contents.
struct KnownFile {
    std::filesystem::path path;
    FileIdentity identity;
    KnownContents::OfFile contents;
};

/// Which content the tensors of files have, kept between runs: contents.sqlite3 in the user's data folder, a file of
/// its own so that damage to it costs no more than reading equal tensors once more. The bytes were compared when the
/// files were read; what stands here holds as long as a file is the same under the same path, which all the times that
/// a file system keeps of it say. Opened when it is first used. Any thread that may wait for the disk.
///
/// Errors of all functions: those of openDatabaseFile(). keep() fails with FileInUse while another process writes, and
/// tries anew with each call.
class KnownContentStore {
public:
    /// `dataFolder` empty: nothing is kept.
    KnownContentStore(const std::filesystem::path& dataFolder, const Clock& clock, LogSink& log);

    /// Empty for a file of which nothing is known, or that has changed.
    [[nodiscard]] Result<KnownContents::OfFile> find(const std::filesystem::path& path, const FileIdentity& identity);
    /// Takes the place of what was kept of the same paths. Those kept longest ago go when there are more than
    /// KnownContents::kMostFiles.
    [[nodiscard]] Result<> keep(std::span<const KnownFile> files);

private:
    std::mutex m_mutex; ///< guards the file, and is held over its use
    KeptDatabase m_file;
};

} // namespace weightroom::engine

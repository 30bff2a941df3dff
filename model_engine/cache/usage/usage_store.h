// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/usage_log.h"
#include "model_engine/core/database/kept_database.h"

#include <filesystem>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

namespace weightroom::engine {

/// The uses of components that are kept between runs: usage.sqlite3 in the user's data folder, a file of its own so
/// that damage to it costs no more than habits. Opened when it is first used. Any thread that may wait for the disk.
///
/// Errors of all functions: those of openDatabaseFile(). save() fails with FileInUse while another process writes, and
/// tries anew with each call.
class UsageStore {
public:
    /// `dataFolder` empty: nothing is kept.
    UsageStore(const std::filesystem::path& dataFolder, const Clock& clock, LogSink& log);

    [[nodiscard]] bool isOnDisk() const { return m_file.isOnDisk(); }

    /// The last uses within UsageLog::kRetention, oldest first, at most UsageLog::kMostEvents. Rows that are none of
    /// ours are left out.
    [[nodiscard]] Result<std::vector<UsageEvent>> load();
    /// Hands what load() gives to `enter`, the first time; who comes meanwhile waits until it is entered.
    void loadOnce(const std::function<void(const Result<std::vector<UsageEvent>>&)>& enter);
    /// Adds events; what is too old, or more than is read back, goes.
    [[nodiscard]] Result<> save(std::span<const UsageEvent> events);

private:
    [[nodiscard]] Result<> write(const Database& database, std::span<const UsageEvent> events) const;

    const Clock& m_clock;
    std::once_flag m_isLoaded;
    std::mutex m_mutex; ///< guards the file, and is held over its use
    KeptDatabase m_file;
};

} // namespace weightroom::engine

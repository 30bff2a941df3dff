// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/sign_of_life.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

struct inotify_event;

namespace weightroom::engine {

/// What happened below a watched folder since it was asked last.
enum class TreeNews : std::uint8_t {
    None = 0,
    Noted, ///< a scan may find something else, but what is written all the time is no reason for one
    Changed,
    Lost, ///< the kernel dropped events, or a new folder could not be watched: begin anew
};

/// Hears of changes to the model files below some folders, by an inotify instance of its own, so that a flood in one
/// library drops no news of another. Links to folders are followed as a scan follows them. Used by one thread.
class TreeWatch {
public:
    /// Watches each folder before it is listed: what is made meanwhile is heard of. `sign` is called after each folder,
    /// also later. Errors: DiskFull (ENOSPC) and IoError (EMFILE) where the limits of inotify are reached; NotFound,
    /// PermissionDenied, NotRegularFile for one of the roots.
    [[nodiscard]] static Result<TreeWatch> begin(
        const std::vector<std::filesystem::path>& roots, const SignOfLife& sign);

    /// Readable when there is news.
    [[nodiscard]] int descriptor() const { return m_descriptor.get(); }
    [[nodiscard]] TreeNews read();
    /// Files that are being written: somebody changed them and has not closed them yet.
    [[nodiscard]] const std::set<std::filesystem::path>& arriving() const { return m_arriving; }

private:
    TreeWatch(UniqueFd descriptor, const std::vector<std::filesystem::path>& roots, SignOfLife sign)
        : m_descriptor(std::move(descriptor))
        , m_roots(roots.begin(), roots.end())
        , m_sign(std::move(sign))
    {
    }
    [[nodiscard]] Result<> add(const std::filesystem::path& root);
    [[nodiscard]] Result<bool> watch(const std::filesystem::path& folder);
    [[nodiscard]] TreeNews take(const inotify_event& event, const char* name);
    [[nodiscard]] TreeNews takeLoss(int number);
    [[nodiscard]] TreeNews takeFolder(const std::filesystem::path& path, std::uint32_t mask);
    [[nodiscard]] TreeNews takeFile(const std::filesystem::path& path, std::uint32_t mask);

    UniqueFd m_descriptor;
    std::set<std::filesystem::path> m_roots;
    SignOfLife m_sign;
    std::map<int, std::filesystem::path> m_folders; ///< by the number of their watch
    std::set<std::filesystem::path> m_arriving;
};

} // namespace weightroom::engine

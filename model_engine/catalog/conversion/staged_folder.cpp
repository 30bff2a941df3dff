// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/staged_folder.h"

#include "model_engine/core/new_file.h"

#include <atomic>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kMode = 0777; // what the user's mask leaves of it

/// Names that a crashed program with the same process id may have left; more than that is no accident.
constexpr int kNameAttempts = 100;

fs::path hiddenName(const fs::path& target)
{
    static std::atomic<unsigned> counter{0};
    return target.parent_path()
        / (".weightroom-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".folder.part");
}

} // namespace

StagedFolder::StagedFolder(fs::path path, fs::path target)
    : m_path(std::move(path))
    , m_target(std::move(target))
{
}

StagedFolder::StagedFolder(StagedFolder&& other) noexcept
    : m_path(std::exchange(other.m_path, {}))
    , m_target(std::move(other.m_target))
{
}

StagedFolder::~StagedFolder()
{
    std::error_code ignored;
    if (!m_path.empty())
        fs::remove_all(m_path, ignored);
}

Result<StagedFolder> StagedFolder::create(const fs::path& target)
{
    for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
        fs::path path = hiddenName(target);
        if (::mkdir(path.c_str(), kMode) == 0)
            return StagedFolder{std::move(path), target};
        if (errno != EEXIST)
            break;
    }
    return fail(systemError(errno, "create a temporary folder beside", target));
}

Result<> StagedFolder::addFolder(const fs::path& name) const
{
    if (::mkdir((m_path / name).c_str(), kMode) == 0 || errno == EEXIST)
        return {};
    return fail(systemError(errno, "create the folder", m_path / name));
}

Result<> StagedFolder::commit()
{
    if (auto synced = syncFolder(m_path); !synced)
        return synced;
    if (auto named = renameToNew(m_path, m_target); !named)
        return named;
    m_path.clear();
    return syncFolder(m_target.parent_path());
}

} // namespace weightroom::engine

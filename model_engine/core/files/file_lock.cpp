// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/file_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace weightroom::engine {
namespace {

constexpr mode_t kOnlyUser = 0600;

} // namespace

Result<UniqueFd> lockFile(const std::filesystem::path& lock, const std::filesystem::path& subject)
{
    UniqueFd descriptor{::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOnlyUser)};
    if (!descriptor.isOpen())
        return fail(systemError(errno, "open", lock));
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0)
        return descriptor;
    if (errno != EWOULDBLOCK)
        return fail(systemError(errno, "lock", lock));
    return fail(ErrorCode::FileInUse, "'" + subject.string() + "' is written by another job or process of Weightroom",
        {.path = subject.string()});
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/fsuid.h>
#include <unistd.h>

namespace weightroom::test {

/// While it lives, this thread and those that it starts reach files as a user without rights, also where the tests run
/// as root, to whom nothing is unreadable.
class UnprivilegedFiles {
public:
    UnprivilegedFiles()
        : m_previous(::setfsuid(::geteuid() == 0 ? kNobody : ::geteuid()))
    {
    }
    UnprivilegedFiles(const UnprivilegedFiles&) = delete;
    UnprivilegedFiles& operator=(const UnprivilegedFiles&) = delete;
    ~UnprivilegedFiles() { ::setfsuid(static_cast<uid_t>(m_previous)); }

private:
    static constexpr uid_t kNobody = 65534;

    int m_previous;
};

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sqlite3.h>

namespace weightroom::test {

/// While it lives, SQLite reaches the disk through a layer that counts the calls and can refuse one of them, or all
/// from it on. One at a time; databases are opened and closed within its life. Used by one thread.
class FailingVfs {
public:
    enum class Repeat { Once, Forever };

    FailingVfs();
    FailingVfs(const FailingVfs&) = delete;
    FailingVfs& operator=(const FailingVfs&) = delete;
    ~FailingVfs();

    /// The `number`-th call from here on fails (from 1) with an error of reading or writing.
    static void failAt(int number, Repeat repeat);
    /// Writes fail as on a full disk from here on.
    static void fillDisk();
    static void heal();
    /// Whether something was refused since failAt() or fillDisk().
    [[nodiscard]] static bool hasFailed();

private:
    sqlite3_vfs* m_real;
    sqlite3_vfs m_vfs;
};

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/folder_watcher.h"
#include "model_engine/core/files/mount_table.h"

#include <vector>

namespace weightroom::engine {

/// Who watches what: one task for each root, and one for what it has elsewhere on each file system, so that a network
/// that hangs takes along only what lies on it. Folders below another one of their task are watched with that one. A
/// link that leads to another file system is not looked through, because that would ask the file system.
[[nodiscard]] std::vector<WatchTask> watchTasksFor(const std::vector<WatchedRoot>& roots, const MountTable& mounts);

} // namespace weightroom::engine

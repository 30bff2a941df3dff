// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/tree_fingerprint.h"
#include "model_engine/catalog/watcher/tree_watch.h"
#include "model_engine/core/files/file_system.h"

#include <functional>
#include <vector>

namespace weightroom::engine {

/// What a watcher asks of the file system. Each of these waits for as long as a disk or a network takes, for ever if it
/// hangs; tests put others in their place. What they refer to must outlive the thread that hangs in them.
struct WatchProbe {
    using Paths = std::vector<std::filesystem::path>;

    std::function<FileSystemKind(const std::filesystem::path&)> kindOf = [](const std::filesystem::path& path) {
        return fileSystemKindOf(path);
    };
    std::function<Result<TreeWatch>(const Paths&, const SignOfLife&)> watch = &TreeWatch::begin;
    std::function<Result<std::uint64_t>(const Paths&, const SignOfLife&, const std::stop_token&)> fingerprint =
        &fingerprintOf;
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/watch_desk.h"
#include "model_engine/catalog/watcher/watch_probe.h"

#include <thread>
#include <vector>

namespace weightroom::engine {

/// Folders that are looked at together: the root itself, or what its layout names elsewhere on one file system.
struct WatchTask {
    std::filesystem::path root; ///< as FolderWatcher::setRoots() spelled it
    std::vector<std::filesystem::path> folders;

    [[nodiscard]] bool isOutside() const { return folders.size() != 1 || folders.front() != root; }
    friend bool operator==(const WatchTask&, const WatchTask&) = default;
};

/// Watches the folders of one task on a thread of its own, so that a file system that hangs holds up nobody else.
///
/// A thread that hangs in a system call cannot be ended: the kernel wakes it when the server answers, perhaps never. So
/// nothing waits for it without a limit; it is left behind. What it may then still touch is only what it owns: its own
/// stack and heap, copies of the task, the timing and the probe, its inotify instance, and the desk with the office,
/// which it holds by shared pointers. It knows neither the watcher nor the log nor the engine. After each answer of the
/// file system it looks at its stop token and ends. It uses no object of static duration with a destructor, so it may
/// even come back while the program ends.
class WatchWorker {
public:
    /// Errors: IoError when the system has no descriptor, or no thread, left.
    [[nodiscard]] static Result<std::unique_ptr<WatchWorker>> start(
        const std::shared_ptr<WatchOffice>& office, WatchTask task, const WatchTiming& timing, const WatchProbe& probe);
    WatchWorker(const WatchWorker&) = delete;
    WatchWorker& operator=(const WatchWorker&) = delete;
    /// Joins a thread that has ended and leaves another one behind: stop it and wait with a limit first.
    ~WatchWorker();

    /// Asks the thread to end, and returns at once.
    void requestStop();

    [[nodiscard]] const WatchTask& task() const { return m_task; }
    [[nodiscard]] const std::shared_ptr<WatchDesk>& desk() const { return m_desk; }

private:
    WatchWorker(WatchTask task, std::shared_ptr<WatchDesk> desk)
        : m_task(std::move(task))
        , m_desk(std::move(desk))
    {
    }

    WatchTask m_task;
    std::shared_ptr<WatchDesk> m_desk;
    std::jthread m_thread;
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/model_engine/catalog/watcher/watch_fixture.h"
#include "tests/support/gate.h"

#include <atomic>
#include <filesystem>
#include <memory>

namespace weightroom::test {

/// A file system that hangs below one folder until its gate is opened. What the watcher's threads hold of it they hold
/// by value: the test can see when the last of them has gone.
class HungFileSystem {
public:
    explicit HungFileSystem(std::filesystem::path folder)
        : m_folder(std::move(folder))
    {
    }
    HungFileSystem(const HungFileSystem&) = delete;
    HungFileSystem& operator=(const HungFileSystem&) = delete;
    /// No thread may outlive the test's program in the gate.
    ~HungFileSystem()
    {
        gate().open();
        static_cast<void>(areAllThreadsGone());
    }

    [[nodiscard]] engine::WatchProbe probe() const
    {
        engine::WatchProbe probe;
        probe.kindOf = [folder = m_folder, state = m_state](const std::filesystem::path& path) {
            const bool hangs = path == folder;
            if (hangs) {
                ++state->asked;
                state->gate.pass();
            }
            return engine::fileSystemKindOf(path);
        };
        return probe;
    }
    [[nodiscard]] Gate& gate() const { return m_state->gate; }
    /// How often it was asked.
    [[nodiscard]] int asked() const { return m_state->asked; }
    [[nodiscard]] bool areAllThreadsGone() const
    {
        return Watch::waitUntil([this] { return m_state.use_count() == 1; });
    }

private:
    struct State {
        Gate gate;
        std::atomic<int> asked{0};
    };
    std::filesystem::path m_folder;
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

} // namespace weightroom::test

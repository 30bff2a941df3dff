// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/folder_watcher.h"

#include "model_engine/catalog/watcher/tree_fingerprint.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <optional>
#include <sys/resource.h>

using namespace weightroom::engine;
using weightroom::test::RecordingLog;
using weightroom::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr WatchTiming kQuick{.quiet = 20ms, .longest = 200ms, .poll = 20ms};

/// A watcher, and what it told.
class Watch {
public:
    explicit Watch(const WatchTiming& timing = kQuick)
    {
        auto started = FolderWatcher::start(
            log,
            [this](const fs::path& root) {
                const std::lock_guard lock{m_mutex};
                m_told.push_back(root);
                m_news.notify_all();
            },
            timing);
        if (started)
            watcher = std::move(*started);
    }
    /// Waits until so many changes were told in all.
    [[nodiscard]] bool waitForTold(std::size_t count)
    {
        std::unique_lock lock{m_mutex};
        return m_news.wait_for(lock, 30s, [&] { return m_told.size() >= count; });
    }
    /// Asks until the state of a folder holds what is wanted.
    template <class Holds>
    [[nodiscard]] bool waitForState(const fs::path& root, const Holds& holds) const
    {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (std::chrono::steady_clock::now() < end) {
            if (holds(watcher->stateOf(root)))
                return true;
            std::this_thread::yield();
        }
        return false;
    }
    [[nodiscard]] bool waitForMethod(const fs::path& root, WatchMethod method) const
    {
        return waitForState(root, [method](const WatchState& state) { return state.method == method; });
    }
    [[nodiscard]] std::vector<fs::path> told()
    {
        const std::lock_guard lock{m_mutex};
        return m_told;
    }

    RecordingLog log;

private:
    std::mutex m_mutex;
    std::condition_variable m_news;
    std::vector<fs::path> m_told;

public:
    std::unique_ptr<FolderWatcher> watcher; ///< last: it calls back
};

} // namespace

class TestFolderWatcher : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsOfChanges();
    void countsChangesAtOnce();
    void tellsOfManyChangesOnce();
    void tellsOfChangesThatDoNotEnd();
    void knowsWhatIsArriving();
    void watchesWhatComesLater();
    void pollsWhereTheLimitIsReached();
    void forgetsOtherFolders();
    void stopsAtOnce();
    void fingerprintsTellChanges();
};

void TestFolderWatcher::tellsOfChanges()
{
    const TemporaryFolder first;
    const TemporaryFolder second;
    Watch watch;
    watch.watcher->setRoots({first.path(), second.path()});
    QVERIFY(watch.waitForMethod(first.path(), WatchMethod::Inotify));
    QVERIFY(watch.waitForMethod(second.path(), WatchMethod::Inotify));
    second.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    first.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(2));
    QVERIFY(watch.told() == (std::vector{second.path(), first.path()}));
}

void TestFolderWatcher::countsChangesAtOnce()
{
    const TemporaryFolder folder;
    Watch watch{{.quiet = 1h, .longest = 1h, .poll = 1h}}; // nothing is told
    watch.watcher->setRoots({folder.path()});
    QVERIFY(watch.waitForMethod(folder.path(), WatchMethod::Inotify));
    const std::uint64_t before = watch.watcher->stateOf(folder.path()).changes;
    folder.write("x.safetensors", "x");
    QVERIFY(watch.watcher->catchUp(30s));
    QVERIFY(watch.watcher->stateOf(folder.path()).changes > before);
    QVERIFY(watch.told().empty());
}

void TestFolderWatcher::tellsOfManyChangesOnce()
{
    const TemporaryFolder folder;
    Watch watch{{.quiet = 300ms, .longest = 1h, .poll = 1h}};
    watch.watcher->setRoots({folder.path()});
    QVERIFY(watch.waitForMethod(folder.path(), WatchMethod::Inotify));
    for (int file = 0; file < 50; ++file)
        folder.write(std::to_string(file) + ".safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    QCOMPARE(watch.told().size(), std::size_t{1});
}

void TestFolderWatcher::tellsOfChangesThatDoNotEnd()
{
    const TemporaryFolder folder;
    Watch watch{{.quiet = 1h, .longest = 50ms, .poll = 1h}};
    watch.watcher->setRoots({folder.path()});
    QVERIFY(watch.waitForMethod(folder.path(), WatchMethod::Inotify));
    folder.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
}

void TestFolderWatcher::knowsWhatIsArriving()
{
    const TemporaryFolder folder;
    Watch watch;
    watch.watcher->setRoots({folder.path()});
    QVERIFY(watch.waitForMethod(folder.path(), WatchMethod::Inotify));
    std::ofstream file{folder / "x.safetensors"};
    file << "begin" << std::flush;
    QVERIFY(watch.waitForState(folder.path(), [](const WatchState& state) { return state.arriving.size() == 1; }));
    QVERIFY(watch.waitForTold(1));
    file.close();
    QVERIFY(watch.waitForState(folder.path(), [](const WatchState& state) { return state.arriving.empty(); }));
    QVERIFY(watch.waitForTold(2));
}

void TestFolderWatcher::watchesWhatComesLater()
{
    const TemporaryFolder folder;
    Watch watch;
    watch.watcher->setRoots({folder / "later"});
    QVERIFY(watch.waitForMethod(folder / "later", WatchMethod::Polling));
    QCOMPARE(watch.log.count(LogLevel::Warning, "later"), std::size_t{1});
    fs::create_directory(folder / "later");
    QVERIFY(watch.waitForMethod(folder / "later", WatchMethod::Inotify));
    QVERIFY(watch.waitForTold(1));
    fs::remove(folder / "later");
    QVERIFY(watch.waitForMethod(folder / "later", WatchMethod::Polling));
}

void TestFolderWatcher::pollsWhereTheLimitIsReached()
{
    const TemporaryFolder folder;
    Watch watch;
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{0, before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &none), 0);
    watch.watcher->setRoots({folder.path()});
    const bool polls = watch.waitForMethod(folder.path(), WatchMethod::Polling);
    ::setrlimit(RLIMIT_NOFILE, &before);
    QVERIFY(polls);
    QVERIFY(watch.waitForMethod(folder.path(), WatchMethod::Inotify)); // when there is room again
}

void TestFolderWatcher::forgetsOtherFolders()
{
    const TemporaryFolder first;
    const TemporaryFolder second;
    Watch watch;
    watch.watcher->setRoots({first.path()});
    QVERIFY(watch.waitForMethod(first.path(), WatchMethod::Inotify));
    watch.watcher->setRoots({second.path()});
    QVERIFY(watch.waitForMethod(second.path(), WatchMethod::Inotify));
    QCOMPARE(watch.watcher->stateOf(first.path()).method, WatchMethod::None);
    first.write("x.safetensors", "x");
    second.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    QVERIFY(watch.told() == std::vector{second.path()});
}

void TestFolderWatcher::stopsAtOnce()
{
    const TemporaryFolder folder;
    Watch watch{{.quiet = 1h, .longest = 1h, .poll = 1h}};
    watch.watcher->setRoots({folder.path()});
    QVERIFY(watch.waitForMethod(folder.path(), WatchMethod::Inotify));
    folder.write("x.safetensors", "x");
    watch.watcher.reset(); // hangs for an hour if it does not
    QVERIFY(watch.told().empty());
}

void TestFolderWatcher::fingerprintsTellChanges()
{
    const TemporaryFolder folder;
    folder.write("sub/a.safetensors", "x");
    const auto first = fingerprintOf(folder.path(), {});
    QCOMPARE(fingerprintOf(folder.path(), {}), first);
    folder.write("sub/preview.png", "x");
    QCOMPARE(fingerprintOf(folder.path(), {}), first);
    folder.write("sub/a.safetensors", "xy");
    const auto second = fingerprintOf(folder.path(), {});
    QVERIFY(second != first);
    fs::rename(folder / "sub/a.safetensors", folder / "b.safetensors");
    QVERIFY(fingerprintOf(folder.path(), {}) != second);
    QVERIFY(fingerprintOf(folder / "missing", {}) != 0U);
}

QTEST_APPLESS_MAIN(TestFolderWatcher)
#include "test_folder_watcher.moc"

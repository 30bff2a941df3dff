// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/tree_watch.h"

#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>
#include <functional>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

Q_DECLARE_METATYPE(TreeNews)
using Change = std::function<void(const TemporaryFolder&)>;
Q_DECLARE_METATYPE(Change)

namespace {

namespace fs = std::filesystem;

Result<TreeWatch> beginWatch(const std::vector<fs::path>& roots)
{
    return TreeWatch::begin(roots, [] {});
}

void replace(const fs::path& from, const fs::path& to) { fs::rename(from, to); }

} // namespace

class TestTreeWatch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hearsOfWhatAScanWouldFind_data();
    void hearsOfWhatAScanWouldFind();
    void followsNewFolders();
    void followsLinks();
    void knowsWhatIsBeingWritten();
    void tellsOfAWriterOnce();
    void beginsAnewWhenEventsWereDropped();
    void failsForWhatIsNoFolder();
    void watchesSeveralRoots();
    void givesASignForEachFolder();
};

void TestTreeWatch::hearsOfWhatAScanWouldFind_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<TreeNews>("news");
    const auto row = [](const char* name, TreeNews news, Change change) {
        QTest::newRow(name) << std::move(change) << news;
    };
    row("nothing", TreeNews::None, [](const auto&) {});
    row("new file", TreeNews::Changed, [](const auto& folder) { folder.write("b.safetensors", "x"); });
    row("new file below", TreeNews::Changed, [](const auto& folder) { folder.write("sub/deep/b.gguf", "x"); });
    row("changed file", TreeNews::Changed, [](const auto& folder) { folder.write("a.safetensors", "xyz"); });
    row("deleted file", TreeNews::Changed, [](const auto& folder) { fs::remove(folder / "a.safetensors"); });
    row("renamed file", TreeNews::Changed,
        [](const auto& folder) { replace(folder / "a.safetensors", folder / "sub/c.safetensors"); });
    row("no longer hidden", TreeNews::Changed,
        [](const auto& folder) { replace(folder / "down.safetensors.part", folder / "down.safetensors"); });
    row("other times", TreeNews::Changed,
        [](const auto& folder) { fs::last_write_time(folder / "a.safetensors", fs::file_time_type::clock::now()); });
    row("index", TreeNews::Changed, [](const auto& folder) { folder.write("sub/model_index.json", "{}"); });
    row("new folder", TreeNews::Changed, [](const auto& folder) { fs::create_directory(folder / "new"); });
    row("deleted folder", TreeNews::Changed, [](const auto& folder) { fs::remove_all(folder / "sub/deep"); });
    row("renamed folder", TreeNews::Lost, [](const auto& folder) { replace(folder / "sub", folder / "other"); });
    row("configuration", TreeNews::Changed, [](const auto& folder) { folder.write("extra_model_paths.yaml", "a:"); });
    row("database", TreeNews::Noted, [](const auto& folder) { folder.write("sub/invokeai.db", "x"); });
    row("blob of Ollama", TreeNews::Changed,
        [](const auto& folder) { folder.write("sub/sha256-" + std::string(64, 'a'), "x"); });
    row("download of Ollama", TreeNews::None,
        [](const auto& folder) { folder.write("sub/sha256-" + std::string(64, 'a') + "-partial", "x"); });
    row("other file", TreeNews::None, [](const auto& folder) { folder.write("preview.png", "x"); });
    row("hidden file", TreeNews::None, [](const auto& folder) { folder.write(".b.safetensors", "x"); });
    row("download", TreeNews::None, [](const auto& folder) { folder.write("b.safetensors.part", "x"); });
    row("hidden folder", TreeNews::None, [](const auto& folder) { folder.write(".cache/b.safetensors", "x"); });
}

void TestTreeWatch::hearsOfWhatAScanWouldFind()
{
    QFETCH(Change, change);
    QFETCH(TreeNews, news);
    const TemporaryFolder folder;
    folder.write("a.safetensors", "x");
    folder.write("down.safetensors.part", "x");
    fs::create_directories(folder / "sub/deep");
    auto tree = beginWatch({folder.path()});
    VERIFY_RESULT(tree);
    change(folder);
    QCOMPARE(tree->read(), news);
    QCOMPARE(tree->read(), TreeNews::None); // told once
}

void TestTreeWatch::followsNewFolders()
{
    const TemporaryFolder folder;
    auto tree = beginWatch({folder.path()});
    VERIFY_RESULT(tree);
    fs::create_directories(folder / "a/b/c"); // made before the watch can have been
    QCOMPARE(tree->read(), TreeNews::Changed);
    folder.write("a/b/c/x.safetensors", "x");
    QCOMPARE(tree->read(), TreeNews::Changed);
}

void TestTreeWatch::followsLinks()
{
    const TemporaryFolder folder;
    const TemporaryFolder elsewhere;
    fs::create_directory_symlink(elsewhere.path(), folder / "linked");
    fs::create_directory_symlink(folder.path(), folder / "loop");
    auto tree = beginWatch({folder.path()});
    VERIFY_RESULT(tree);
    elsewhere.write("x.safetensors", "x");
    QCOMPARE(tree->read(), TreeNews::Changed);
    const TemporaryFolder another;
    fs::create_directory_symlink(another.path(), folder / "later");
    QCOMPARE(tree->read(), TreeNews::Changed);
    another.write("x.safetensors", "x");
    QCOMPARE(tree->read(), TreeNews::Changed);
}

void TestTreeWatch::knowsWhatIsBeingWritten()
{
    const TemporaryFolder folder;
    auto tree = beginWatch({folder.path()});
    VERIFY_RESULT(tree);
    std::ofstream file{folder / "x.safetensors"};
    file << "begin" << std::flush;
    QCOMPARE(tree->read(), TreeNews::Changed);
    QVERIFY(tree->arriving() == std::set<fs::path>{folder / "x.safetensors"});
    file.close();
    QCOMPARE(tree->read(), TreeNews::Changed);
    QVERIFY(tree->arriving().empty());
}

void TestTreeWatch::tellsOfAWriterOnce()
{
    const TemporaryFolder folder;
    auto tree = beginWatch({folder.path()});
    VERIFY_RESULT(tree);
    std::ofstream file{folder / "x.safetensors"};
    file << "begin" << std::flush;
    QCOMPARE(tree->read(), TreeNews::Changed);
    for (int part = 0; part < 5; ++part) {
        file << "more" << std::flush;
        QCOMPARE(tree->read(), TreeNews::None);
    }
    file.close();
    QCOMPARE(tree->read(), TreeNews::Changed);
}

void TestTreeWatch::beginsAnewWhenEventsWereDropped()
{
    std::size_t most = 0;
    std::ifstream{"/proc/sys/fs/inotify/max_queued_events"} >> most;
    if (most == 0 || most > 70'000)
        QSKIP("the queue of this machine is too long to be filled");
    const TemporaryFolder folder;
    auto tree = beginWatch({folder.path()});
    VERIFY_RESULT(tree);
    // Events that equal the last one are merged: names take turns.
    for (std::size_t event = 0; event <= most / 2; ++event) {
        const fs::path path = folder / (std::to_string(event % 2) + ".safetensors");
        if (!fs::remove(path))
            std::ofstream{path}.put('x');
    }
    QCOMPARE(tree->read(), TreeNews::Lost);
}

void TestTreeWatch::failsForWhatIsNoFolder()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(beginWatch({folder / "missing"}), ErrorCode::NotFound);
    QVERIFY(!beginWatch({folder.write("file", "x")}));
}

void TestTreeWatch::watchesSeveralRoots()
{
    const TemporaryFolder first;
    const TemporaryFolder second;
    fs::create_directories(second / "root/sub");
    auto tree = beginWatch({first.path(), second / "root"});
    VERIFY_RESULT(tree);
    first.write("x.safetensors", "x");
    QCOMPARE(tree->read(), TreeNews::Changed);
    second.write("root/sub/x.safetensors", "x");
    QCOMPARE(tree->read(), TreeNews::Changed);
    fs::remove_all(second / "root/sub");
    QCOMPARE(tree->read(), TreeNews::Changed);
    fs::remove_all(second / "root"); // it may come back, and nobody would tell
    QCOMPARE(tree->read(), TreeNews::Lost);
}

void TestTreeWatch::givesASignForEachFolder()
{
    const TemporaryFolder folder;
    fs::create_directories(folder / "a/b");
    int signs = 0;
    auto tree = TreeWatch::begin({folder.path()}, [&signs] { ++signs; });
    VERIFY_RESULT(tree);
    QCOMPARE(signs, 3);
    fs::create_directories(folder / "c");
    QCOMPARE(tree->read(), TreeNews::Changed);
    QCOMPARE(signs, 4);
}

QTEST_APPLESS_MAIN(TestTreeWatch)
#include "test_tree_watch.moc"

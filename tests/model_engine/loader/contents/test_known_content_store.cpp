// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/known_content_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <memory>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr std::uint64_t kLargest = 0xFFFF'FFFF'FFFF'FFFF;

/// A path that is no text.
const std::filesystem::path kPath{"/models/\xff\"'\n.safetensors"};

FileIdentity identity() { return {1, kLargest, Bytes{3}, -4, 5}; }

KnownContents::OfFile contents()
{
    return {{{Bytes{12}, {kLargest, 1}}, {kLargest}}, {}, {{Bytes{5}, {2, kLargest}}, {7}}};
}

} // namespace

class TestKnownContentStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void keepsContentsBetweenRuns();
    void knowsNothingOfAnotherState_data();
    void knowsNothingOfAnotherState();
    void doesNotAskForTheNumberOfTheDevice();
    void keepsTheLastStateOfAPath();
    void keepsNothingWithoutAFolder();
    void isBounded();
    void takesNoRowOfAnotherShape();
    void beginsAnewAfterDamage();
    void oneProcessWrites();
    void keepsAllOrNothing();

private:
    [[nodiscard]] std::unique_ptr<KnownContentStore> open()
    {
        return std::make_unique<KnownContentStore>(m_folder->path(), m_clock, m_log);
    }
    [[nodiscard]] std::filesystem::path file() const { return *m_folder / "contents.sqlite3"; }
    [[nodiscard]] Result<> execute(const std::string& sql) const
    {
        const auto database = Database::open(file(), DatabaseAccess::Write);
        return database ? database->execute(sql) : Result<>(fail(database.error()));
    }
    [[nodiscard]] std::int64_t rows() const
    {
        const auto database = Database::open(file(), DatabaseAccess::ReadOnly);
        return database ? database->number("SELECT count(*) FROM file_contents").value_or(-1) : -1;
    }

    std::unique_ptr<TemporaryFolder> m_folder;
    ManualClock m_clock;
    RecordingLog m_log;
};

void TestKnownContentStore::init() { m_folder = std::make_unique<TemporaryFolder>(); }

void TestKnownContentStore::keepsContentsBetweenRuns()
{
    VERIFY_RESULT(open()->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    const auto kept = open()->find(kPath, identity());
    VERIFY_RESULT(kept);
    QVERIFY(*kept == contents());
}

void TestKnownContentStore::knowsNothingOfAnotherState_data()
{
    QTest::addColumn<int>("changed");
    QTest::newRow("path") << 0;
    QTest::newRow("inode") << 1;
    QTest::newRow("size") << 2;
    QTest::newRow("modified") << 3;
    QTest::newRow("changed") << 4;
}

void TestKnownContentStore::knowsNothingOfAnotherState()
{
    QFETCH(int, changed);
    const auto store = open();
    VERIFY_RESULT(store->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    std::filesystem::path path = kPath;
    FileIdentity other = identity();
    const std::array<std::function<void()>, 5> changes{[&] { path += "2"; }, [&] { other.inode -= 1; },
        [&] { other.size += Bytes{1}; }, [&] { other.modifiedNs += 1; }, [&] { other.changedNs += 1; }};
    changes.at(static_cast<std::size_t>(changed))();
    const auto kept = store->find(path, other);
    VERIFY_RESULT(kept);
    QVERIFY(kept->empty());
}

void TestKnownContentStore::doesNotAskForTheNumberOfTheDevice()
{
    const auto store = open();
    VERIFY_RESULT(store->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    FileIdentity afterStart = identity();
    afterStart.device += 1;
    const auto kept = store->find(kPath, afterStart);
    VERIFY_RESULT(kept);
    QVERIFY(*kept == contents());
}

void TestKnownContentStore::keepsTheLastStateOfAPath()
{
    const auto store = open();
    FileIdentity changed = identity();
    changed.modifiedNs += 1;
    VERIFY_RESULT(store->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    VERIFY_RESULT(store->keep(std::array{KnownFile{kPath, changed, {{}, {{Bytes{5}, {2, 3}}, {8}}}}}));
    VERIFY_RESULT(store->keep({}));
    const auto before = store->find(kPath, identity());
    VERIFY_RESULT(before);
    QVERIFY(before->empty());
    const auto now = store->find(kPath, changed);
    VERIFY_RESULT(now);
    QCOMPARE(now->size(), std::size_t{2});
    QVERIFY(now->back().id == ContentId{8});
    QCOMPARE(rows(), 1);
}

void TestKnownContentStore::keepsNothingWithoutAFolder()
{
    KnownContentStore store{{}, m_clock, m_log};
    VERIFY_RESULT(store.keep(std::array{KnownFile{kPath, identity(), contents()}}));
    const auto kept = store.find(kPath, identity());
    VERIFY_RESULT(kept);
    QVERIFY(kept->empty());
}

void TestKnownContentStore::isBounded()
{
    const auto store = open();
    std::vector<KnownFile> files;
    for (std::size_t i = 0; i < KnownContents::kMostFiles; ++i)
        files.push_back({"/models/" + std::to_string(i), identity(), contents()});
    VERIFY_RESULT(store->keep(files));
    VERIFY_RESULT(store->keep(std::array{files.front()})); // now the latest
    VERIFY_RESULT(store->keep(std::array{KnownFile{"/models/new", identity(), contents()}}));
    QCOMPARE(rows(), static_cast<std::int64_t>(KnownContents::kMostFiles));
    for (const auto& [name, isKept] : {std::pair{"new", true}, {"0", true}, {"1", false}, {"2", true}}) {
        const auto kept = store->find(std::filesystem::path{"/models"} / name, identity());
        VERIFY_RESULT(kept);
        QCOMPARE(!kept->empty(), isKept);
    }
}

void TestKnownContentStore::takesNoRowOfAnotherShape()
{
    VERIFY_RESULT(open()->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    VERIFY_RESULT(execute("UPDATE file_contents SET contents = substr(contents, 2)"));
    const auto kept = open()->find(kPath, identity());
    VERIFY_RESULT(kept);
    QVERIFY(kept->empty());
}

void TestKnownContentStore::beginsAnewAfterDamage()
{
    VERIFY_RESULT(open()->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    std::filesystem::resize_file(file(), 5000);
    const auto store = open();
    const auto kept = store->find(kPath, identity());
    VERIFY_RESULT(kept);
    QVERIFY(kept->empty());
    QCOMPARE(m_log.count(LogLevel::Warning, "What was known of equal tensors"), std::size_t{1});
    VERIFY_RESULT(store->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    QCOMPARE(rows(), 1);
}

void TestKnownContentStore::oneProcessWrites()
{
    auto first = open();
    VERIFY_RESULT(first->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    const auto second = open();
    const std::array other{KnownFile{"/other", identity(), contents()}};
    VERIFY_ERROR(second->keep(other), ErrorCode::FileInUse);
    const auto read = second->find(kPath, identity());
    VERIFY_RESULT(read);
    QVERIFY(*read == contents());
    first.reset();
    VERIFY_RESULT(second->keep(other));
    QCOMPARE(rows(), 2);
}

void TestKnownContentStore::keepsAllOrNothing()
{
    VERIFY_RESULT(open()->keep(std::array{KnownFile{kPath, identity(), contents()}}));
    VERIFY_RESULT(execute("CREATE TRIGGER refuse BEFORE INSERT ON file_contents WHEN NEW.path = CAST('/b' AS BLOB)"
                          " BEGIN SELECT raise(ABORT, 'no'); END"));
    const auto store = open();
    const std::array files{KnownFile{"/a", identity(), contents()}, KnownFile{"/b", identity(), contents()}};
    QVERIFY(!store->keep(files));
    QCOMPARE(rows(), 1);
}

QTEST_APPLESS_MAIN(TestKnownContentStore)
#include "test_known_content_store.moc"

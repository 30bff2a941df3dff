// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/trash/trash.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

const Clock::Wall kNow{std::chrono::seconds{1'790'000'000}};

std::string contentOf(const std::filesystem::path& file)
{
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

} // namespace

class TestTrash : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void movesAFileAndTellsWhereItWas();
    void numbersFilesOfOneName();
    void movesALinkAndNotItsTarget();
    void movesAFolder();
    void movesAllOrNone();
    void bringsBack();
    void bringsBackAllOrNone();

private:
    [[nodiscard]] TrashOwner owner() const { return {m_folder / "data", ::getuid()}; }
    /// Names in the trash, with those of the infos.
    [[nodiscard]] std::string inTrash() const
    {
        std::set<std::string> names;
        for (const char* part : {"files", "info"}) {
            if (!std::filesystem::exists(m_folder / "data/Trash" / part))
                continue;
            for (const auto& entry : std::filesystem::directory_iterator{m_folder / "data/Trash" / part})
                names.insert(entry.path().filename().string());
        }
        std::string text;
        for (const std::string& name : names)
            text += name + " ";
        return text;
    }

    ResourceUse m_before;
    TemporaryFolder m_folder;
};

void TestTrash::movesAFileAndTellsWhereItWas()
{
    const auto file = m_folder.write("models/a b.safetensors", "content");
    const auto moved = moveToTrash(std::vector{file}, owner(), kNow);
    VERIFY_RESULT(moved);
    QVERIFY(!std::filesystem::exists(file));
    QCOMPARE(moved->size(), 1U);
    QVERIFY(moved->front().original == file);
    QCOMPARE(contentOf(moved->front().inTrash), std::string{"content"});
    const std::string info = contentOf(moved->front().info);
    const std::string path = (m_folder / "models/a%20b.safetensors").string();
    QVERIFY2(info.starts_with("[Trash Info]\nPath=" + path + "\nDeletionDate=2026-09-21T"), info.c_str());
    QCOMPARE(std::count(info.begin(), info.end(), '\n'), std::ptrdiff_t{3});
    VERIFY_RESULT(restoreFromTrash(*moved));
}

void TestTrash::numbersFilesOfOneName()
{
    const auto first = m_folder.write("one/x.bin", "1");
    const auto second = m_folder.write("two/x.bin", "2");
    const auto moved = moveToTrash(std::vector{first, second}, owner(), kNow);
    VERIFY_RESULT(moved);
    QCOMPARE(inTrash(), std::string{"x.bin x.bin.2 x.bin.2.trashinfo x.bin.trashinfo "});
    VERIFY_RESULT(restoreFromTrash(*moved));
    QCOMPARE(contentOf(first), std::string{"1"});
    QCOMPARE(contentOf(second), std::string{"2"});
}

void TestTrash::movesALinkAndNotItsTarget()
{
    const auto target = m_folder.write("blobs/0123", "content");
    std::filesystem::create_symlink(target, m_folder / "model.safetensors");
    const auto moved = moveToTrash(std::vector{m_folder / "model.safetensors"}, owner(), kNow);
    VERIFY_RESULT(moved);
    QCOMPARE(contentOf(target), std::string{"content"});
    QVERIFY(std::filesystem::is_symlink(moved->front().inTrash));
}

void TestTrash::movesAFolder()
{
    m_folder.write("pipe/unet/x.bin", "1");
    const auto moved = moveToTrash(std::vector{m_folder / "pipe"}, owner(), kNow);
    VERIFY_RESULT(moved);
    QVERIFY(!std::filesystem::exists(m_folder / "pipe"));
    VERIFY_RESULT(restoreFromTrash(*moved));
    QCOMPARE(contentOf(m_folder / "pipe/unet/x.bin"), std::string{"1"});
}

void TestTrash::movesAllOrNone()
{
    const std::string before = inTrash();
    const auto file = m_folder.write("all/or/none.bin", "1");
    const auto moved = moveToTrash(std::vector{file, m_folder / "all/missing.bin"}, owner(), kNow);
    VERIFY_ERROR(moved, ErrorCode::NotFound);
    QCOMPARE(moved.error().context.path, (m_folder / "all/missing.bin").string());
    QCOMPARE(contentOf(file), std::string{"1"});
    QCOMPARE(inTrash(), before);
}

void TestTrash::bringsBack()
{
    const std::string before = inTrash();
    const auto file = m_folder.write("back/x.bin", "1");
    const auto moved = moveToTrash(std::vector{file}, owner(), kNow);
    VERIFY_RESULT(moved);
    VERIFY_RESULT(restoreFromTrash(*moved));
    QCOMPARE(contentOf(file), std::string{"1"});
    QCOMPARE(inTrash(), before);
    VERIFY_ERROR(restoreFromTrash(*moved), ErrorCode::NotFound); // the second time there is nothing
}

void TestTrash::bringsBackAllOrNone()
{
    const auto first = m_folder.write("taken/first.bin", "1");
    const auto second = m_folder.write("taken/second.bin", "2");
    const auto moved = moveToTrash(std::vector{first, second}, owner(), kNow);
    VERIFY_RESULT(moved);
    m_folder.write("taken/second.bin", "another");
    VERIFY_ERROR(restoreFromTrash(*moved), ErrorCode::AlreadyExists);
    QVERIFY(!std::filesystem::exists(first));
    QCOMPARE(contentOf(second), std::string{"another"});
    QCOMPARE(contentOf((*moved)[1].inTrash), std::string{"2"});
    std::filesystem::remove(second);
    VERIFY_RESULT(restoreFromTrash(*moved));
}

QTEST_APPLESS_MAIN(TestTrash)
#include "test_trash.moc"

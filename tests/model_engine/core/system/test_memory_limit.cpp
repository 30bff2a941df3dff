// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/memory_limit.h"

#include "tests/support/temporary_folder.h"

#include <QTest>

#include <string>
#include <vector>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

using Limit = std::optional<Bytes>;

struct File {
    std::string path; ///< below /sys/fs/cgroup
    std::string content;
};
using Files = std::vector<File>;

} // namespace

class TestMemoryLimit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsTheGroup_data();
    void findsTheGroup();
    void readsALimit_data();
    void readsALimit();
    void takesTheSmallestOfAllAbove_data();
    void takesTheSmallestOfAllAbove();
    void isNoneWhereNothingCanBeRead();
};

void TestMemoryLimit::findsTheGroup_data()
{
    using Group = std::optional<std::string_view>;
    QTest::addColumn<std::string>("membership");
    QTest::addColumn<Group>("expected");
    const auto row = [](const char* name, std::string membership, Group expected) {
        QTest::newRow(name) << std::move(membership) << expected;
    };
    row("version 2", "0::/user.slice/app.scope\n", "/user.slice/app.scope");
    row("root", "0::/\n", "/");
    row("no end of line", "0::/a", "/a");
    row("both versions", "4:memory:/old\n1:name=systemd:/x\n0::/new\n", "/new");
    row("colons in a name", "0::/a:b::/c\n", "/a:b::/c");
    row("version 1 only", "4:memory:/old\n", {});
    row("ten is not zero", "10::/a\n", {});
    row("not absolute", "0::a\n", {});
    row("empty lines", "\n\n0::/a\n", "/a");
    row("empty", "", {});
}

void TestMemoryLimit::findsTheGroup()
{
    QFETCH(const std::string, membership);
    QFETCH(const std::optional<std::string_view>, expected);
    QCOMPARE(controlGroupFrom(membership), expected);
}

void TestMemoryLimit::readsALimit_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<Limit>("expected");
    const auto row = [](const char* name, std::string content, Limit expected) {
        QTest::newRow(name) << std::move(content) << expected;
    };
    row("number", "1073741824\n", kGiB);
    row("no end of line", "4096", Bytes{4096});
    row("nothing allowed", "0\n", Bytes{0});
    row("most", "18446744073709551615\n", Bytes{~0ULL});
    row("no limit", "max\n", {});
    row("too large", "18446744073709551616\n", {});
    row("negative", "-1\n", {});
    row("unit", "1G\n", {});
    row("space", " 5\n", {});
    row("empty", "", {});
    row("empty line", "\n5\n", {});
}

void TestMemoryLimit::readsALimit()
{
    QFETCH(const std::string, content);
    QFETCH(const Limit, expected);
    QCOMPARE(memoryLimitFrom(content), expected);
}

void TestMemoryLimit::takesTheSmallestOfAllAbove_data()
{
    QTest::addColumn<std::string>("group");
    QTest::addColumn<Files>("files");
    QTest::addColumn<Limit>("expected");
    const auto row = [](const char* name, std::string group, Files files, Limit expected) {
        QTest::newRow(name) << std::move(group) << std::move(files) << expected;
    };
    row("own maximum", "/a/b", {{"a/memory.max", "max\n"}, {"a/b/memory.max", "5000\n"}}, Bytes{5000});
    row("own high", "/a/b", {{"a/b/memory.max", "5000\n"}, {"a/b/memory.high", "4000\n"}}, Bytes{4000});
    row("high is no limit", "/a", {{"a/memory.max", "5000\n"}, {"a/memory.high", "max\n"}}, Bytes{5000});
    row("parent's maximum", "/a/b", {{"a/memory.max", "3000\n"}, {"a/b/memory.max", "5000\n"}}, Bytes{3000});
    row("parent's high", "/a/b/c", {{"a/memory.high", "2000\n"}, {"a/b/c/memory.max", "5000\n"}}, Bytes{2000});
    row("a container's root", "/", {{"memory.max", "7000\n"}, {"memory.high", "max\n"}}, Bytes{7000});
    row("the root above", "/a", {{"memory.max", "1000\n"}, {"a/memory.max", "5000\n"}}, Bytes{1000});
    row("no limit", "/a", {{"a/memory.max", "max\n"}, {"a/memory.high", "max\n"}}, {});
    row("others' limits", "/a/b", {{"c/memory.max", "1\n"}, {"a/c/memory.max", "1\n"}, {"a/b/d/memory.max", "1\n"}},
        {});
    row("a group that is gone", "/a/b (deleted)", {{"a/memory.max", "5000\n"}}, Bytes{5000});
    row("outside of the namespace", "/../other", {{"memory.max", "5000\n"}, {"../other/memory.max", "1\n"}},
        Bytes{5000});
}

void TestMemoryLimit::takesTheSmallestOfAllAbove()
{
    QFETCH(const std::string, group);
    QFETCH(const Files, files);
    QFETCH(const Limit, expected);
    const TemporaryFolder folder;
    const auto hierarchy = folder / "hierarchy";
    std::filesystem::create_directory(hierarchy);
    for (const File& file : files)
        folder.write("hierarchy" / std::filesystem::path{file.path}, file.content);
    const auto membership = folder.write("membership", "4:memory:/\n0::" + group + "\n");
    QCOMPARE(controlGroupMemoryLimit({membership, hierarchy}), expected);
}

void TestMemoryLimit::isNoneWhereNothingCanBeRead()
{
    const TemporaryFolder folder;
    QCOMPARE(controlGroupMemoryLimit({folder / "none", folder.path()}), Limit{});
    QCOMPARE(controlGroupMemoryLimit({folder.path(), folder.path()}), Limit{});
    const auto membership = folder.write("membership", "0::/a\n");
    QCOMPARE(controlGroupMemoryLimit({membership, folder / "none"}), Limit{});
    std::filesystem::create_directories(folder / "a" / "memory.max");
    QCOMPARE(controlGroupMemoryLimit({membership, folder.path()}), Limit{});
}

QTEST_APPLESS_MAIN(TestMemoryLimit)
#include "test_memory_limit.moc"

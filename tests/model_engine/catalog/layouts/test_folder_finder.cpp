// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/folder_finder.h"
#include "tests/model_engine/catalog/layouts/tree_builder.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : " ") + name;
    return text;
}

} // namespace

class TestFolderFinder final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesFoldersAlone();
    void findsNamesInAnyCase();
    void whatIsNoFolderHasNothingInIt();
};

void TestFolderFinder::namesFoldersAlone()
{
    const TemporaryFolder root;
    makeTree(root.path(), {"b/", "a/model.safetensors", ".hidden/", "file.safetensors"});
    std::filesystem::create_directory_symlink(root / "a", root / "link");
    std::filesystem::create_symlink(root / "file.safetensors", root / "link-to-a-file");
    std::filesystem::create_symlink(root / "nowhere", root / "link-to-nothing");
    FolderFinder finder;
    QCOMPARE(joined(finder.namesIn(root.path())), std::string{"a b link"});
}

void TestFolderFinder::findsNamesInAnyCase()
{
    const TemporaryFolder root;
    makeTree(root.path(), {"Models/Loras/x/", "models/loras/", "models/vae/"});
    FolderFinder finder;
    const std::vector<std::filesystem::path> expected{root / "Models/Loras", root / "models/loras"};
    QVERIFY(finder.find(root.path(), "models/loras") == expected);
    QCOMPARE(finder.find(root.path(), "models/*").size(), std::size_t{3});
    QVERIFY(finder.find(root.path(), "models/loras/y").empty());
}

void TestFolderFinder::whatIsNoFolderHasNothingInIt()
{
    const TemporaryFolder root;
    makeTree(root.path(), {"file"});
    FolderFinder finder;
    QVERIFY(finder.namesIn(root / "file").empty());
    QVERIFY(finder.namesIn(root / "nowhere").empty());
}

QTEST_APPLESS_MAIN(TestFolderFinder)
#include "test_folder_finder.moc"

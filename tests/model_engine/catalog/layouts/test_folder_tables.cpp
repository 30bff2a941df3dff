// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/folder_tables.h"

#include <QTest>

#include <set>
#include <string>

using namespace weightroom::engine;

class TestFolderTables final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachFolderStandsOnce();
    void eachLayoutHasAName();
    void namesSayKindsWithoutALayout_data();
    void namesSayKindsWithoutALayout();
    void knowsWhatBelongsToPrograms();
};

void TestFolderTables::eachFolderStandsOnce()
{
    for (unsigned i = 1; i <= static_cast<unsigned>(kLastLibraryLayout); ++i) {
        const auto layout = static_cast<LibraryLayout>(i);
        std::set<std::string_view> paths;
        for (const FolderRow& row : foldersOf(layout)) {
            QVERIFY2(paths.insert(row.path).second, std::string{row.path}.c_str());
            QVERIFY(!row.path.starts_with('/') && !row.path.ends_with('/'));
        }
        const bool isCache = layout == LibraryLayout::HuggingFaceCache || layout == LibraryLayout::ModelScopeCache
            || layout == LibraryLayout::Ollama;
        QCOMPARE(foldersOf(layout).empty(), isCache);
    }
}

void TestFolderTables::eachLayoutHasAName()
{
    std::set<std::string_view> names;
    for (unsigned i = 1; i <= static_cast<unsigned>(kLastLibraryLayout); ++i) {
        QVERIFY(names.insert(toText(static_cast<LibraryLayout>(i))).second);
        QVERIFY(!titleOf(static_cast<LibraryLayout>(i)).empty());
    }
}

void TestFolderTables::namesSayKindsWithoutALayout_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<KindSet>("kinds");
    QTest::newRow("loras") << "loras" << KindSet{ModelKind::Lora};
    QTest::newRow("another case") << "LORA" << KindSet{ModelKind::Lora};
    QTest::newRow("vae") << "vae" << KindSet{ModelKind::Vae};
    QTest::newRow("of several programs") << "controlnet"
                                         << KindSet{ModelKind::Controlnet, ModelKind::T2iAdapter, ModelKind::IpAdapter,
                                                ModelKind::ClipVision, ModelKind::Lora};
    QTest::newRow("known, of no kind of ours") << "adetailer" << KindSet{};
    QTest::newRow("of extensions") << "models" << KindSet{};
    QTest::newRow("no name") << "" << KindSet{};
    QTest::newRow("unknown") << "holidays" << KindSet{};
    QTest::newRow("of a layout that needs a base in front") << "main" << KindSet{};
}

void TestFolderTables::namesSayKindsWithoutALayout()
{
    QFETCH(QString, name);
    QFETCH(KindSet, kinds);
    QVERIFY(kindsOfFolderName(name.toStdString()) == kinds);
}

void TestFolderTables::knowsWhatBelongsToPrograms()
{
    for (const char* name : {"venv", "custom_nodes", "Output", "python_embeded"})
        QVERIFY2(isProgramFolder(name), name);
    for (const char* name : {"models", "Models", "embeddings", "Packages", "Data", "", "loras"})
        QVERIFY2(!isProgramFolder(name), name);
}

QTEST_APPLESS_MAIN(TestFolderTables)
#include "test_folder_tables.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/configured_folders.h"
#include "model_engine/catalog/layouts/extra_model_paths.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// "name(base): kind=path kind=path; …"
std::string textOf(const ExtraModelPaths& paths)
{
    std::string text;
    for (const ExtraPathsSection& section : paths.sections) {
        text += (text.empty() ? "" : "; ") + section.name;
        text += (section.isDefault ? "!" : "") + std::string{"("} + section.basePath.string() + "):";
        for (const ExtraFolder& folder : section.folders)
            text += " " + folder.kind + "=" + folder.path.string();
    }
    return text;
}

std::string remarksOf(const ExtraModelPaths& paths)
{
    std::string text;
    for (const ExtraPathsRemark& remark : paths.remarks)
        text += std::string{text.empty() ? "" : "; "} + std::to_string(remark.line) + " "
            + std::string{toText(remark.severity)} + " " + remark.reason;
    return text;
}

} // namespace

class TestExtraModelPaths final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void readsSections_data();
    void readsSections();
    void remarksOnWhatIsPassedOver_data();
    void remarksOnWhatIsPassedOver();
    void refusesBrokenFiles_data();
    void refusesBrokenFiles();
    void keepsToItsLimits();
    void remarksOnFoldersThatAreNotThere();
    void givesTheFoldersOfAProgram();
};

void TestExtraModelPaths::initTestCase()
{
    qputenv("HOME", "/home/user");
    qputenv("WEIGHTROOM_TEST_DISK", "/mnt/disk");
}

void TestExtraModelPaths::readsSections_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sections");
    QTest::newRow("nothing") << ""
                             << "";
    QTest::newRow("comments alone") << "# a\n#b:\n"
                                    << "";
    QTest::newRow("with a base") << "a111:\n    base_path: /web/\n    checkpoints: models/Stable-diffusion\n"
                                 << "a111(/web): checkpoints=/web/models/Stable-diffusion";
    QTest::newRow("block") << "c:\n  loras: |\n    /a b\n\n    c/\n  vae: v # comment\n"
                           << "c(): loras=/a b loras=/yaml/c vae=/yaml/v";
    QTest::newRow("home") << "c:\n  base_path: ~/ai\n  vae: v"
                          << "c(/home/user/ai): vae=/home/user/ai/v";
    QTest::newRow("variable") << "c:\n  base_path: ${WEIGHTROOM_TEST_DISK}/x\n  vae: $WEIGHTROOM_TEST_DISK/v"
                              << "c(/mnt/disk/x): vae=/mnt/disk/v";
    QTest::newRow("relative base") << "c:\n  base_path: ../up\n  vae: v"
                                   << "c(/up): vae=/up/v";
    QTest::newRow("base behind its folders") << "c:\n  vae: v\n  base_path: /b"
                                             << "c(/b): vae=/b/v";
    QTest::newRow("default") << "c:\n  is_default: true\n  vae: /v\nd:\n  is_default: no\n  vae: /w"
                             << "c!(): vae=/v; d(): vae=/w";
    QTest::newRow("empty sections") << "c:\nd: \ne:\n  vae: /v"
                                    << "e(): vae=/v";
    QTest::newRow("quoted") << "\"c\":\n  'vae': \"/v w\""
                            << "c(): vae=/v w";
    QTest::newRow("in braces") << "{c: {vae: /v}}"
                               << "c(): vae=/v";
    QTest::newRow("alias") << "c: &x\n  vae: /v\nd: *x"
                           << "c(): vae=/v; d(): vae=/v";
    QTest::newRow("line ends of Windows") << "c:\r\n  loras: |\r\n    /a\r\n    /b\r\n"
                                          << "c(): loras=/a loras=/b";
}

void TestExtraModelPaths::readsSections()
{
    QFETCH(QString, text);
    const auto paths = parseExtraModelPaths(text.toStdString(), "/yaml/extra_model_paths.yaml");
    VERIFY_RESULT(paths);
    QTEST(QString::fromStdString(textOf(*paths)), "sections");
    QCOMPARE(remarksOf(*paths), std::string{});
}

void TestExtraModelPaths::remarksOnWhatIsPassedOver_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("remarks");
    QTest::newRow("not indented") << "comfyui:\nbase_path: /x\nloras: /y\n"
                                  << "2 warning 'base_path' stands at the left margin; it belongs indented, below the "
                                     "name of a section; 3 warning 'loras' stands at the left margin; it belongs "
                                     "indented, below the name of a section";
    QTest::newRow("other case") << "c:\n  vae: /v\n  Loras: /x\n"
                                << "3 warning 'Loras' is not known to ComfyUI; 'loras' is";
    QTest::newRow("unknown kind") << "c:\n  ultralytics_bbox: /x\n"
                                  << "2 info 'ultralytics_bbox' is no kind of folder of ComfyUI itself; an extension "
                                     "may know it";
    QTest::newRow("list") << "c:\n  loras:\n    - /x\n    - /y\n"
                          << "3 warning 'loras' has a list or a map; ComfyUI takes one path, or a block (|) with one a "
                             "line";
    QTest::newRow("no path") << "c:\n  loras:\n"
                             << "2 warning 'loras' has no path";
    QTest::newRow("text for a section") << "c: /x\n"
                                        << "1 warning the section 'c' has no folders below it";
    QTest::newRow("strange default") << "c:\n  is_default: maybe\n  vae: /v\n"
                                     << "2 warning 'is_default' is neither true nor false";
    QTest::newRow("twice") << "c:\n  vae: /v\n  vae: /w\nc:\n  loras: /x\n"
                           << "3 warning a second 'vae' takes the place of the first; 4 warning a second section 'c' "
                              "takes the place of the first";
}

void TestExtraModelPaths::remarksOnWhatIsPassedOver()
{
    QFETCH(QString, text);
    const auto paths = parseExtraModelPaths(text.toStdString(), "/yaml/x.yaml");
    VERIFY_RESULT(paths);
    QTEST(QString::fromStdString(remarksOf(*paths)), "remarks");
}

void TestExtraModelPaths::refusesBrokenFiles_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("detail");
    QTest::newRow("a tab") << QByteArray{"c:\n  vae: /v\n\tloras: /x\n"} << "line 3: a tab in the indentation";
    QTest::newRow("bad indentation") << QByteArray{"c:\n    vae: /v\n   loras: /x\n"} << "line 3: ";
    QTest::newRow("deeper than its neighbour") << QByteArray{"c:\n  vae: /v\n    loras: /x\n"} << "line 3: ";
    QTest::newRow("open quote") << QByteArray{"c:\n  vae: \"/v\n"} << "line 2: a quote is not closed";
    QTest::newRow("open apostrophe") << QByteArray{"c:\n  vae: '/v\nd:\n  vae: x"} << "line 2: a quote is not closed";
    QTest::newRow("open brace") << QByteArray{"{c: {vae: /v}\n"} << "line ";
    QTest::newRow("unknown alias") << QByteArray{"c:\n  vae: *v\n"} << "line 2: ";
    QTest::newRow("a list") << QByteArray{"- c\n- d\n"} << "line 1: there are no sections";
    QTest::newRow("a text") << QByteArray{"\n\nhello\n"} << "line 3: there are no sections";
    QTest::newRow("two documents") << QByteArray{"c:\n  vae: /v\n---\nd:\n  vae: /w\n"} << "a second document";
    QTest::newRow("not UTF-8") << QByteArray{"c:\n  vae: /\xff\n"} << "not UTF-8";
    QTest::newRow("a null byte") << QByteArray{"c:\n  vae: /v\0x\n  \0: ]\n", 22} << "line ";
}

void TestExtraModelPaths::refusesBrokenFiles()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, detail);
    const auto paths = parseExtraModelPaths(text.toStdString(), "/yaml/x.yaml");
    VERIFY_ERROR(paths, ErrorCode::InvalidFormat);
    QVERIFY2(paths.error().detail.find(detail.toStdString()) != std::string::npos, paths.error().detail.c_str());
    QCOMPARE(paths.error().context.path, std::string{"/yaml/x.yaml"});
}

void TestExtraModelPaths::keepsToItsLimits()
{
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
    VERIFY_ERROR(parseExtraModelPaths(deep + std::string(100, ' ') + "b: c", "/x"), ErrorCode::InvalidFormat);
    VERIFY_ERROR(parseExtraModelPaths(std::string(100'000, '['), "/x"), ErrorCode::InvalidFormat);
    // Ten aliases to ten aliases to …: ten thousand million values in half a kilobyte.
    std::string bomb = "a0: &a0 {x: y}\n";
    for (int i = 1; i <= 10; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j)
            bomb += (j == 0 ? "" : ", ") + before;
        bomb += "]\n";
    }
    VERIFY_ERROR(parseExtraModelPaths(bomb, "/x"), ErrorCode::InvalidFormat);
    const TemporaryFolder folder;
    std::filesystem::resize_file(folder.write("x.yaml", ""), (kMiB * 2).value);
    VERIFY_ERROR(readExtraModelPaths(folder / "x.yaml"), ErrorCode::InvalidValue);
}

void TestExtraModelPaths::remarksOnFoldersThatAreNotThere()
{
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "Models/loras");
    folder.write("x.yaml", "c:\n  vae: none\n  loras: |\n    Models/loras\n    models/Loras\n");
    const auto paths = readExtraModelPaths(folder / "x.yaml");
    VERIFY_RESULT(paths);
    QCOMPARE(remarksOf(*paths),
        "2 warning '" + (folder / "none").string() + "' is not a folder; 5 warning '"
            + (folder / "models/Loras").string() + "' is not a folder; '" + (folder / "Models/loras").string()
            + "' is");
}

void TestExtraModelPaths::givesTheFoldersOfAProgram()
{
    const TemporaryFolder folder;
    QVERIFY(readExtraPathsOf(folder.path()).problems.empty());
    for (const char* name : {"l", "u", "n"})
        std::filesystem::create_directories(folder / name);
    folder.write("extra_model_paths.yaml", "c:\n  loras: l\n  unet: u\n  mine: u\n  custom_nodes: n\n  vae: none\n");
    const ConfiguredFolders read = readExtraPathsOf(folder.path());
    QCOMPARE(read.folders.size(), std::size_t{3});
    QCOMPARE(read.folders[0].source, std::string{"extra_model_paths.yaml c.loras"});
    QVERIFY(read.folders[0].kinds == KindSet{ModelKind::Lora});
    QVERIFY(read.folders[1].kinds == KindSet{ModelKind::DiffusionModel});
    QVERIFY(read.folders[2].kinds.isEmpty());
    QCOMPARE(read.problems.size(), std::size_t{1}); // "mine" may be an extension's
    QCOMPARE(read.problems[0].error.code, ErrorCode::InvalidFormat);
    folder.write("extra_model_paths.yaml", "c:\n\tloras: l\n");
    QCOMPARE(readExtraPathsOf(folder.path()).problems.size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(TestExtraModelPaths)
#include "test_extra_model_paths.moc"

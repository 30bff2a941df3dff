// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/extra_paths_writer.h"
#include "model_engine/core/files/file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

const std::vector<ExportedFolder> kFolders{
    {"loras", "/lib/loras"}, {"checkpoints", "/lib/base models"}, {"loras", "/lib/a: #b"}, {"loras", "/lib/loras"}};
const std::string kSection = "weightroom:\n"
                             "    checkpoints: |\n"
                             "        /lib/base models\n"
                             "    loras: |\n"
                             "        /lib/a: #b\n"
                             "        /lib/loras\n";

} // namespace

class TestExtraPathsWriter final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsEveryOtherByte_data();
    void keepsEveryOtherByte();
    void isTheSameTwice();
    void refusesWhatItCannotEdit_data();
    void refusesWhatItCannotEdit();
    void refusesPathsThatCannotBeWritten_data();
    void refusesPathsThatCannotBeWritten();
    void makesTheFile();
    void keepsWhatWasThere();
    void leavesBrokenFilesAlone();
    void leavesLinksAlone();
};

void TestExtraPathsWriter::keepsEveryOtherByte_data()
{
    QTest::addColumn<std::string>("before");
    QTest::addColumn<std::string>("after");
    using Text = std::string;
    QTest::newRow("nothing") << Text{""} << kSection;
    QTest::newRow("comments") << Text{"# mine\n"} << Text{"# mine\n\n" + kSection};
    QTest::newRow("another section") << Text{"c:   # my comment\n   loras:   /x\n"}
                                     << Text{"c:   # my comment\n   loras:   /x\n\n" + kSection};
    QTest::newRow("no end of line") << Text{"c:\n  vae: /v"} << Text{"c:\n  vae: /v\n\n" + kSection};
    QTest::newRow("old section at the end")
        << Text{"c:\n  vae: /v\nweightroom:\n  vae: /old\n"} << Text{"c:\n  vae: /v\n" + kSection};
    QTest::newRow("old section before another")
        << Text{"weightroom:\n    vae: |\n        /old\n\n        /older\n\n# of d\nd:\n  vae: /v\n"}
        << Text{kSection + "\n# of d\nd:\n  vae: /v\n"};
    QTest::newRow("empty old section") << Text{"weightroom:\nd:\n  vae: /v\n"} << Text{kSection + "d:\n  vae: /v\n"};
    QTest::newRow("comments in the old section")
        << Text{"weightroom:\n# in it\n  vae: /old\n# behind it\n"} << Text{kSection + "# behind it\n"};
    QTest::newRow("braces in the old section")
        << Text{"weightroom: {vae: /old}\nd:\n  vae: /v\n"} << Text{kSection + "d:\n  vae: /v\n"};
    QTest::newRow("in one document") << Text{"---\nc:\n  vae: /v\n"} << Text{"---\nc:\n  vae: /v\n\n" + kSection};
    QTest::newRow("unknown kinds and lists") << Text{"c:\n  nodes: [/a,  /b]\n  X: {y:  z}\n"}
                                             << Text{"c:\n  nodes: [/a,  /b]\n  X: {y:  z}\n\n" + kSection};
    Text windows;
    for (const char c : kSection)
        windows += c == '\n' ? "\r\n" : Text(1, c);
    QTest::newRow("line ends of Windows") << Text{"c:\r\n  vae: /v\r\n"} << Text{"c:\r\n  vae: /v\r\n\r\n" + windows};
}

void TestExtraPathsWriter::keepsEveryOtherByte()
{
    QFETCH(std::string, before);
    const auto after = withOwnSection(before, kFolders, "/x.yaml");
    VERIFY_RESULT(after);
    QTEST(*after, "after");
}

void TestExtraPathsWriter::isTheSameTwice()
{
    const auto once = withOwnSection("c:\n  vae: /v\n# end\n", kFolders, "/x.yaml");
    VERIFY_RESULT(once);
    const auto twice = withOwnSection(*once, kFolders, "/x.yaml");
    VERIFY_RESULT(twice);
    QCOMPARE(*twice, *once);
}

void TestExtraPathsWriter::refusesWhatItCannotEdit_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("detail");
    QTest::newRow("broken") << "c:\n\tvae: /v\n"
                            << "line 2: a tab";
    QTest::newRow("a list") << "- x\n"
                            << "line 1: there are no sections";
    QTest::newRow("in braces") << "{c: {vae: /v}}\n"
                               << "line 1: the sections stand in braces";
    QTest::newRow("ours twice") << "weightroom:\n  vae: /v\nweightroom:\n  vae: /w\n"
                                << "line 3: a second section";
    QTest::newRow("ours is used by another") << "weightroom: &w\n  vae: /v\nd: *w\n"
                                             << "line 1: the section cannot";
    QTest::newRow("behind the end of the document") << "c:\n  vae: /v\n...\n"
                                                    << "line 3: the section cannot";
    QTest::newRow("two documents") << "c:\n---\nd:\n"
                                   << "a second document";
}

void TestExtraPathsWriter::refusesWhatItCannotEdit()
{
    QFETCH(QString, text);
    QFETCH(QString, detail);
    const auto result = withOwnSection(text.toStdString(), kFolders, "/x.yaml");
    VERIFY_ERROR(result, ErrorCode::InvalidFormat);
    QVERIFY2(result.error().detail.find(detail.toStdString()) != std::string::npos, result.error().detail.c_str());
}

void TestExtraPathsWriter::refusesPathsThatCannotBeWritten_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::newRow("line end") << QByteArray{"/a\nb"};
    QTest::newRow("control character") << QByteArray{"/a\x1b[2J"};
    QTest::newRow("not UTF-8") << QByteArray{"/a\xff"};
    QTest::newRow("relative") << QByteArray{"a"};
    QTest::newRow("blank at the end") << QByteArray{"/a "};
}

void TestExtraPathsWriter::refusesPathsThatCannotBeWritten()
{
    QFETCH(QByteArray, path);
    const std::vector<ExportedFolder> folders{{"loras", path.toStdString()}};
    QVERIFY(!isWritablePath(folders.front().path));
    VERIFY_ERROR(withOwnSection("", folders, "/x.yaml"), ErrorCode::InvalidValue);
}

void TestExtraPathsWriter::makesTheFile()
{
    const TemporaryFolder folder;
    const auto written = exportExtraPaths(folder / "x.yaml", kFolders);
    VERIFY_RESULT(written);
    QCOMPARE(written->outcome, ExtraPathsExport::Outcome::Created);
    QVERIFY(!written->backup);
    QCOMPARE(*readSmallFile(folder / "x.yaml", kMiB), kSection);
    QCOMPARE(folder.entries(), (std::set<std::string>{"x.yaml"}));
    VERIFY_ERROR(exportExtraPaths(folder / "none/x.yaml", kFolders), ErrorCode::NotFound);
}

void TestExtraPathsWriter::keepsWhatWasThere()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x.yaml", "c:\n  vae: /v\n");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    const auto written = exportExtraPaths(file, kFolders);
    VERIFY_RESULT(written);
    QCOMPARE(written->outcome, ExtraPathsExport::Outcome::Replaced);
    QCOMPARE(*written->backup, folder / "x.yaml.weightroom.bak");
    QCOMPARE(*readSmallFile(*written->backup, kMiB), std::string{"c:\n  vae: /v\n"});
    QCOMPARE(*readSmallFile(file, kMiB), "c:\n  vae: /v\n\n" + kSection);
    for (const fs::path& path : {file, *written->backup})
        QVERIFY(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    const auto again = exportExtraPaths(file, kFolders);
    VERIFY_RESULT(again);
    QCOMPARE(again->outcome, ExtraPathsExport::Outcome::Unchanged);
    QVERIFY(!again->backup);
    QCOMPARE(*readSmallFile(*written->backup, kMiB), std::string{"c:\n  vae: /v\n"});
}

void TestExtraPathsWriter::leavesBrokenFilesAlone()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x.yaml", "c:\n\tvae: /v\n");
    VERIFY_ERROR(exportExtraPaths(file, kFolders), ErrorCode::InvalidFormat);
    QCOMPARE(*readSmallFile(file, kMiB), std::string{"c:\n\tvae: /v\n"});
    QCOMPARE(folder.entries(), (std::set<std::string>{"x.yaml"}));
    VERIFY_ERROR(exportExtraPaths(folder.path(), kFolders), ErrorCode::NotRegularFile);
}

void TestExtraPathsWriter::leavesLinksAlone()
{
    const TemporaryFolder folder;
    folder.write("real.yaml", "c:\n");
    fs::create_symlink(folder / "real.yaml", folder / "x.yaml");
    VERIFY_ERROR(exportExtraPaths(folder / "x.yaml", kFolders), ErrorCode::NotRegularFile);
    QCOMPARE(*readSmallFile(folder / "real.yaml", kMiB), std::string{"c:\n"});
}

QTEST_APPLESS_MAIN(TestExtraPathsWriter)
#include "test_extra_paths_writer.moc"

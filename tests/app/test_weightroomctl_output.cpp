// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where what weightroomctl prints goes: a pipe, a terminal, a full disk, nobody.
#include "tests/app/ctl_rig.h"

#include <QTest>

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace weightroom::test;

class TestWeightroomctlOutput : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsOfFoldersThatAreMissing();
    void cutsLongNamesInATerminal();
    void endsQuietlyWhenNobodyReads();
    void tellsThatTheAnswerCouldNotBeWritten_data();
    void tellsThatTheAnswerCouldNotBeWritten();
    void saysWhatIsWrong();

private:
    const CtlRig m_rig;
};

/// The others are listed, and the status stays that of success.
void TestWeightroomctlOutput::tellsOfFoldersThatAreMissing()
{
    const TemporaryFolder folder;
    folder.write("here/one.safetensors", model("one", 100));
    const QStringList folders{QStringLiteral("--folder"), QFile::decodeName((folder / "here").c_str()),
        QStringLiteral("--folder"), QFile::decodeName((folder / "gone").c_str())};
    const CtlRun list = m_rig.run(folders + QStringList{QStringLiteral("list")});
    QCOMPARE(list.status, 0);
    QVERIFY(list.out.contains("one") && !list.out.contains("gone"));
    QVERIFY2(list.error.startsWith("not read: ") && list.error.contains("/gone'"), list.error);
    const CtlRun scan = m_rig.run(folders + QStringList{QStringLiteral("scan")});
    QVERIFY2(scan.out.contains("\n1 file, ") && scan.out.contains(" in 1 folder; "), scan.out);
    QVERIFY(scan.error.contains("/gone'"));
    const CtlRun json = m_rig.run(folders + QStringList{QStringLiteral("--json"), QStringLiteral("list")});
    QVERIFY2(json.error.isEmpty(), json.error); // the answer has it
}

void TestWeightroomctlOutput::cutsLongNamesInATerminal()
{
    const TemporaryFolder folder;
    const std::string name = std::string(60, 'n') + "\xc3\xa9" + std::string(60, 'm');
    folder.write(name + ".safetensors", model("one", 100));
    const QStringList line{
        QStringLiteral("--folder"), QFile::decodeName(folder.path().c_str()), QStringLiteral("list")};
    const QByteArray whole = m_rig.run(line).out;
    QVERIFY(whole.contains(QByteArray::fromStdString(name)));

    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    QVERIFY(terminal >= 0 && ::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0);
    for (const unsigned short columns : {static_cast<unsigned short>(100), static_cast<unsigned short>(20)}) {
        const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
        QVERIFY(::ioctl(terminal, TIOCSWINSZ, &size) == 0);
        QProcess process;
        process.setStandardOutputFile(QString::fromUtf8(::ptsname(terminal)));
        m_rig.start(process, line);
        QCOMPARE(m_rig.finish(process).status, 0);
        std::array<char, 4096> output{};
        const ssize_t count = ::read(terminal, output.data(), output.size());
        QVERIFY(count > 0);
        const QString text = QString::fromUtf8(output.data(), static_cast<qsizetype>(count));
        QVERIFY2(text.contains(QStringLiteral("nnn\u2026  ")), qPrintable(text));
        QVERIFY(text.contains(QStringLiteral("on disk"))); // what is not a name stays
        if (columns == 100) {
            for (const QString& row : text.split(QStringLiteral("\r\n")))
                QVERIFY2(row.size() <= 100, qPrintable(row));
        }
    }
    ::close(terminal);
}

/// As with `| head -1`.
void TestWeightroomctlOutput::endsQuietlyWhenNobodyReads()
{
    for (const char* line : {"--help", "list", "--json list"}) {
        std::array<int, 2> pipe{};
        QVERIFY(::pipe2(pipe.data(), O_CLOEXEC) == 0);
        ::close(pipe[0]);
        QProcess process;
        process.setChildProcessModifier([end = pipe[1]] { ::dup2(end, STDOUT_FILENO); });
        m_rig.start(process, m_rig.words(QString::fromUtf8(line)));
        const CtlRun result = m_rig.finish(process);
        ::close(pipe[1]);
        QCOMPARE(result.status, 141);
        QCOMPARE(result.error, QByteArray());
    }
}

void TestWeightroomctlOutput::tellsThatTheAnswerCouldNotBeWritten_data()
{
    QTest::addColumn<QString>("line");
    for (const char* line : {"--help", "--version", "convert --help", "list", "--json list", "--json operations"})
        QTest::newRow(line) << QString::fromUtf8(line);
}

void TestWeightroomctlOutput::tellsThatTheAnswerCouldNotBeWritten()
{
    QFETCH(QString, line);
    QProcess process;
    process.setStandardOutputFile(QStringLiteral("/dev/full"));
    m_rig.start(process, m_rig.words(line));
    const CtlRun result = m_rig.finish(process);
    QCOMPARE(result.status, 3);
    QCOMPARE(result.code(), QStringLiteral("disk_full"));
    QVERIFY2(result.error.contains("standard output: No space left on device"), result.error);
}

/// What, which, and what there would be instead.
void TestWeightroomctlOutput::saysWhatIsWrong()
{
    m_rig.folder.write("unknown.json", R"({"cache_size": 1})");
    m_rig.folder.write("large.json", R"({"cache_budget_bytes": 1})");
    const auto errorOf = [&](const QStringList& arguments) { return m_rig.run(arguments).error; };
    const QString settings = QStringLiteral("--settings");
    const QByteArray unknown = errorOf({settings, m_rig.path("unknown.json"), QStringLiteral("list")});
    QVERIFY2(
        unknown.contains("unknown.json' cannot be used: there is no setting 'cache_size'; there are model_folders, "
                         "cache_budget_bytes, "),
        unknown);
    const QByteArray limits = errorOf({settings, m_rig.path("large.json"), QStringLiteral("list")});
    QVERIFY2(
        limits.contains("large.json' cannot be used: setting 'cache_budget_bytes': must be from 1.00 MiB to"), limits);
    const QByteArray fields =
        errorOf({QStringLiteral("call"), QStringLiteral("model.get_model"), QStringLiteral("model_id=x")});
    QVERIFY2(fields.contains("the fields are not a JSON object"), fields);
}

QTEST_GUILESS_MAIN(TestWeightroomctlOutput)
#include "test_weightroomctl_output.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/leftovers.h"

#include "model_engine/core/files/file_lock.h"
#include "tests/model_engine/catalog/conversion/interrupted_conversion.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <sys/wait.h>
#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

/// Of a process that is no more, and has not been replaced by another one while its parent has not asked for it.
class EndedProcess {
public:
    EndedProcess()
        : m_process(::fork())
    {
        if (m_process == 0)
            ::_exit(0);
        ::waitpid(m_process, nullptr, 0);
    }
    [[nodiscard]] std::string number() const { return std::to_string(m_process); }

private:
    pid_t m_process;
};

void makeOld(const fs::path& path, std::chrono::hours age)
{
    const auto then = fs::file_time_type::clock::now() - age;
    for (const auto& entry : fs::recursive_directory_iterator{path})
        fs::last_write_time(entry.path(), then);
    fs::last_write_time(path, then);
}

const std::string kOfConversion = ".weightroom-0123456789abcdef.convert.part";

} // namespace

class TestLeftovers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void removesWhatNobodyHolds_data();
    void removesWhatNobodyHolds();
    void leavesWhatIsHeld();
    void removesFilesOfEndedProcesses();
    void areRemovedByTheNextConversion();
    void waitAWeekForTheirConversion();
};

void TestLeftovers::removesWhatNobodyHolds_data()
{
    const std::string ended = EndedProcess().number();
    const std::string running = std::to_string(::getpid());
    const std::string point(ConversionJournal::kRecord.value, 'x');
    QTest::addColumn<std::string>("name");
    QTest::addColumn<std::string>("journal");
    QTest::addColumn<int>("hours");
    QTest::addColumn<bool>("isRemoved");
    const auto row = [](const char* what, const std::string& name, const std::string& journal, int hours,
                         bool removed) { QTest::newRow(what) << name << journal << hours << removed; };
    row("nothing to go on with", kOfConversion, "", 2, true);
    row("nothing to go on with, just now", kOfConversion, "", 0, false);
    row("waits", kOfConversion, point, 2, false);
    row("waits for six days", kOfConversion, point, 6 * 24, false);
    row("waits for eight days", kOfConversion, point, 8 * 24, true);
    row("of a process that is no more", ".weightroom-" + ended + "-0.folder.part", "", 2, true);
    row("of such a process, just now", ".weightroom-" + ended + "-0.folder.part", "", 0, false);
    row("of a process", ".weightroom-" + running + "-0.folder.part", "", 2, false);
    row("no number", ".weightroom-x-0.folder.part", "", 2000, false);
    row("nothing behind the number", ".weightroom-" + ended + ".part", "", 2000, false);
    row("all processes", ".weightroom--1-0.folder.part", "", 2000, false);
    row("of somebody else", ".other-" + ended + "-0.folder.part", "", 2000, false);
    row("not partial", ".weightroom-" + ended + "-0.folder", "", 2000, false);
}

void TestLeftovers::removesWhatNobodyHolds()
{
    QFETCH(std::string, name);
    QFETCH(std::string, journal);
    QFETCH(int, hours);
    QFETCH(bool, isRemoved);
    const TemporaryFolder folder;
    folder.write(fs::path{name} / "journal", journal);
    folder.write(fs::path{name} / "content/unet/model.safetensors", "x");
    makeOld(folder / name, std::chrono::hours{hours});
    removeLeftovers(folder.path());
    QCOMPARE(folder.entries().empty(), isRemoved);
}

void TestLeftovers::leavesWhatIsHeld()
{
    const TemporaryFolder folder;
    const fs::path journal = folder.write(kOfConversion + "/journal", "");
    makeOld(folder / kOfConversion, 2000h);
    {
        const auto lock = lockFile(journal, folder / "y");
        VERIFY_RESULT(lock);
        removeLeftovers(folder.path());
        QVERIFY(fs::exists(journal));
    }
    fs::create_symlink(folder.path(), folder / ".weightroom-aaaaaaaaaaaaaaaa.convert.part");
    removeLeftovers(folder.path());
    QCOMPARE(folder.entries(), std::set<std::string>{".weightroom-aaaaaaaaaaaaaaaa.convert.part"});
    removeLeftovers(folder / "none");
}

void TestLeftovers::removesFilesOfEndedProcesses()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write(".weightroom-" + EndedProcess().number() + "-3.part", "x");
    removeLeftovers(folder.path());
    QVERIFY(fs::exists(file));
    fs::last_write_time(file, fs::file_time_type::clock::now() - 2h);
    removeLeftovers(folder.path());
    QVERIFY(folder.entries().empty());
}

void TestLeftovers::areRemovedByTheNextConversion()
{
    const TemporaryFolder folder;
    const std::string old = ".weightroom-" + EndedProcess().number() + "-0.folder.part";
    folder.write(old + "/unet/x", "x");
    makeOld(folder / old, 2h);
    const fs::path source = folder.write("x.safetensors", smallSafetensorsFile());
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors"}));
    QCOMPARE(folder.entries(), (std::set<std::string>{"x.safetensors", "y.safetensors"}));
}

/// Who comes after a week goes on all the same, when nobody has converted anything meanwhile.
void TestLeftovers::waitAWeekForTheirConversion()
{
    const TemporaryFolder folder;
    const fs::path source =
        folder.write("x.safetensors", SafetensorsBuilder().tensor("a", "F32", {9}).tensor("b", "F32", {9}).build());
    const ConversionRequest request{.target = folder / "y.safetensors"};
    QVERIFY(abandon(source, request, 2));
    makeOld(partialFolderOf(request.target), 2000h);
    const auto rest = finish(source, request);
    VERIFY_RESULT(rest);
    QCOMPARE(rest->resumed, Bytes{36});
}

QTEST_APPLESS_MAIN(TestLeftovers)
#include "test_leftovers.moc"

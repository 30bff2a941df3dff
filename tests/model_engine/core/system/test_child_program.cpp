// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/child_program.h"

#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <thread>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

const ChildProgram::Patience kPatient{.stop = {}, .longest = std::chrono::seconds{30}};

/// A program of the shell.
Result<ChildProgram> start(const std::string& script, std::map<std::string, std::string> environment = {})
{
    return ChildProgram::start({.words = {"/bin/sh", "-c", script}, .environment = std::move(environment)});
}

/// The first line that it prints.
Result<std::string> firstLineOf(const std::string& script, std::map<std::string, std::string> environment = {})
{
    auto program = start(script, std::move(environment));
    if (!program)
        return fail(std::move(program).error());
    return program->readLine(kPatient);
}

/// What the kernel says of the signals of a program; the shell would change it.
Result<std::string> statusOf(const std::string& field)
{
    auto program = ChildProgram::start({.words = {"grep", field, "/proc/self/status"}});
    if (!program)
        return fail(std::move(program).error());
    return program->readLine(kPatient);
}

/// "SigIgn:\t0000000180000000": a bit for each signal.
std::uint64_t numberIn(const std::string& line) { return std::stoull(line.substr(line.find('\t') + 1), nullptr, 16); }

constexpr std::uint64_t kOfTheLibrary = 0x180000000; // 32 and 33, which the C library keeps to itself

bool hasChildren() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

/// Whether it runs: a zombie that its new parent has not looked at yet does not.
bool runs(pid_t process)
{
    std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
    std::stringstream text;
    text << file.rdbuf();
    const std::string stat = text.str();
    const std::size_t name = stat.rfind(") ");
    return name != std::string::npos && stat[name + 2] != 'Z' && stat[name + 2] != 'X';
}

/// A signal takes effect a moment after it was sent.
bool ends(pid_t process)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (runs(process) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    return !runs(process);
}

/// A process that even SIGKILL does not end while this lives: another one traces it, and stops it at its end.
class Unending {
public:
    Unending()
        : m_target(forked([] {
            ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
            ::setpgid(0, 0);
        }))
        , m_tracer(forked([this] {
            const long seized = ::ptrace(PTRACE_SEIZE, m_target, nullptr, PTRACE_O_TRACEEXIT);
            (void)::write(m_ready[1], seized == 0 ? "y" : "n", 1);
        }))
    {
        ::setpgid(m_target, m_target); // whoever comes first
        char answer = 'n';
        m_isTraced = ::read(m_ready[0], &answer, 1) == 1 && answer == 'y';
    }
    ~Unending()
    {
        for (const pid_t process : {m_tracer, m_target}) {
            ::kill(process, SIGKILL);
            ::waitpid(process, nullptr, 0);
        }
        for (const int descriptor : m_ready)
            ::close(descriptor);
    }
    Unending(const Unending&) = delete;
    Unending& operator=(const Unending&) = delete;

    [[nodiscard]] bool isTraced() const { return m_isTraced; } ///< false: the system does not allow it
    [[nodiscard]] pid_t process() const { return m_target; }

private:
    template <class Begin>
    static pid_t forked(const Begin& begin)
    {
        const pid_t process = ::fork();
        if (process != 0)
            return process;
        begin();
        for (;;)
            ::pause();
    }
    static std::array<int, 2> pipeOfReady()
    {
        std::array<int, 2> ends{-1, -1};
        return ::pipe2(ends.data(), O_CLOEXEC) == 0 ? ends : std::array{-1, -1};
    }

    const std::array<int, 2> m_ready = pipeOfReady();
    const pid_t m_target;
    const pid_t m_tracer;
    bool m_isTraced = false;
};

} // namespace

class TestChildProgram : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup()
    {
        QVERIFY(!hasChildren());
        VERIFY_NOTHING_LEFT(m_before);
    }
    void answersLineByLine();
    void doesNotWaitForWhatDoesNotEnd();
    void isFoundByItsName();
    void getsVariables();
    void hasNothingElseOfThisProcess();
    void namesWhatCannotBeRun_data();
    void namesWhatCannotBeRun();
    void saysHowItEnded_data();
    void saysHowItEnded();
    void keepsTheLastComplaints();
    void endsWithItsOwnEnd();
    void isNotHeldUpByComplaints();
    void refusesALineThatIsTooLong();
    void refusesToSendMoreThanALine();
    void saysWhenNothingIsRead();
    void isNotWaitedForTooLong();
    void isLeftAtACancel();
    void takesItsOwnProgramsAlong();

private:
    ResourceUse m_before;
};

void TestChildProgram::answersLineByLine()
{
    auto program = start("while read -r line; do echo \"got $line\"; echo; done");
    VERIFY_RESULT(program);
    for (const std::string line : {"one", "two words"}) {
        VERIFY_RESULT(program->writeLine(line));
        QCOMPARE(program->readLine(kPatient).value(), "got " + line);
        QCOMPARE(program->readLine(kPatient).value(), std::string{});
    }
}

void TestChildProgram::isFoundByItsName()
{
    auto program = ChildProgram::start({.words = {"sh", "-c", "echo \"$0 $1\"", "first", "second one"}});
    VERIFY_RESULT(program);
    QCOMPARE(program->readLine(kPatient).value(), std::string{"first second one"});
}

void TestChildProgram::getsVariables()
{
    qputenv("WEIGHTROOM_TEST_KEPT", "kept");
    qputenv("WEIGHTROOM_TEST_REPLACED", "old");
    const auto line = firstLineOf("echo \"$WEIGHTROOM_TEST_KEPT $WEIGHTROOM_TEST_REPLACED $WEIGHTROOM_TEST_ADDED\"",
        {{"WEIGHTROOM_TEST_REPLACED", "new"}, {"WEIGHTROOM_TEST_ADDED", "added"}});
    qunsetenv("WEIGHTROOM_TEST_KEPT");
    qunsetenv("WEIGHTROOM_TEST_REPLACED");
    VERIFY_RESULT(line);
    QCOMPARE(*line, std::string{"kept new added"});
}

/// No descriptor, and no signal that this process ignores or blocks.
void TestChildProgram::hasNothingElseOfThisProcess()
{
    const UniqueFd inheritable{::open("/dev/null", O_RDONLY)}; // NOLINT(android-cloexec-open): as a library might
    sigset_t signals{};
    sigset_t before{};
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &signals, &before);
    const auto ignoredBefore = ::signal(SIGUSR2, SIG_IGN);
    const auto files = firstLineOf("for fd in /proc/$$/fd/*; do [ -e $fd ] && printf '%s ' ${fd##*/}; done; echo");
    const auto blocked = statusOf("SigBlk");
    const auto ignored = statusOf("SigIgn");
    ::signal(SIGUSR2, ignoredBefore);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    VERIFY_RESULT(files);
    QCOMPARE(*files, std::string{"0 1 2 "});
    VERIFY_RESULT(blocked);
    QCOMPARE(numberIn(*blocked), 0U);
    VERIFY_RESULT(ignored);
    QCOMPARE(numberIn(*ignored) & ~kOfTheLibrary, 0U);
}

void TestChildProgram::namesWhatCannotBeRun_data()
{
    QTest::addColumn<std::string>("name");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("not there") << std::string{"/nonexistent/python"} << ErrorCode::NotFound;
    QTest::newRow("not in PATH") << std::string{"weightroom-no-such-program"} << ErrorCode::NotFound;
    QTest::newRow("a folder") << std::string{"/"} << ErrorCode::PermissionDenied;
    QTest::newRow("no program") << std::string{"/etc/passwd"} << ErrorCode::PermissionDenied;
}

void TestChildProgram::namesWhatCannotBeRun()
{
    QFETCH(const std::string, name);
    QFETCH(const ErrorCode, code);
    const auto program = ChildProgram::start({.words = {name}});
    VERIFY_ERROR(program, code);
    QVERIFY(program.error().detail.find("'" + name + "'") != std::string::npos);
}

void TestChildProgram::saysHowItEnded_data()
{
    QTest::addColumn<std::string>("script");
    QTest::addColumn<std::string>("detail");
    const auto row = [](const char* name, const char* script, const char* detail) {
        QTest::newRow(name) << std::string{script} << "'/bin/sh' ended before it had answered" + std::string{detail};
    };
    row("well", "exit 0", " (exit status 0)");
    row("with a status and words", "echo 'no such module' >&2; exit 3", " (exit status 3): no such module");
    row("by a signal", "kill -TERM $$", " (signal 15)");
    row("without a whole line", "printf ready", " (exit status 0)");
}

void TestChildProgram::saysHowItEnded()
{
    QFETCH(const std::string, script);
    QFETCH(const std::string, detail);
    auto program = start(script);
    VERIFY_RESULT(program);
    const auto line = program->readLine(kPatient);
    VERIFY_ERROR(line, ErrorCode::IoError);
    QCOMPARE(line.error().detail, detail);
    QVERIFY(!program->readLine(kPatient)); // and for ever
    VERIFY_ERROR(program->writeLine("more"), ErrorCode::IoError);
}

void TestChildProgram::keepsTheLastComplaints()
{
    const auto line = firstLineOf("yes first | head -n 2000 >&2; echo last >&2; exit 1");
    VERIFY_ERROR(line, ErrorCode::IoError);
    QVERIFY(line.error().detail.ends_with("first\nlast"));
    QVERIFY(line.error().detail.find("): first\n") != std::string::npos); // whole lines only
    QVERIFY(line.error().detail.size() < ChildProgram::kKeptComplaints + 100);
}

void TestChildProgram::endsWithItsOwnEnd()
{
    const auto line = firstLineOf("sleep 1000 & exit 3"); // which still has its output
    VERIFY_ERROR(line, ErrorCode::IoError);
    QVERIFY2(line.error().detail.find("exit status 3") != std::string::npos, line.error().detail.c_str());
}

/// More than a pipe holds.
void TestChildProgram::isNotHeldUpByComplaints()
{
    const auto line = firstLineOf("head -c 1000000 /dev/zero >&2; exec 2>&-; echo done");
    VERIFY_RESULT(line);
    QCOMPARE(*line, std::string{"done"});
}

void TestChildProgram::refusesALineThatIsTooLong()
{
    const std::string longest = std::to_string(ChildProgram::kLongestLine);
    const auto line = firstLineOf("head -c " + longest + " /dev/zero | tr '\\0' x; echo");
    VERIFY_RESULT(line);
    QCOMPARE(line->size(), ChildProgram::kLongestLine);
    VERIFY_ERROR(firstLineOf("head -c " + longest + " /dev/zero | tr '\\0' x; echo x"), ErrorCode::IoError);
    VERIFY_ERROR(firstLineOf("yes | tr -d '\\n'"), ErrorCode::IoError);
}

void TestChildProgram::refusesToSendMoreThanALine()
{
    auto program = start("read -r line; echo \"${#line}\"");
    VERIFY_RESULT(program);
    VERIFY_ERROR(program->writeLine("two\nlines"), ErrorCode::InvalidValue);
    VERIFY_ERROR(program->writeLine(std::string(ChildProgram::kLongestLine + 1, 'x')), ErrorCode::InvalidValue);
    VERIFY_RESULT(program->writeLine("one"));
    QCOMPARE(program->readLine(kPatient).value(), std::string{"3"});
}

void TestChildProgram::saysWhenNothingIsRead()
{
    auto program = start("kill -STOP $$");
    VERIFY_RESULT(program);
    Result<> sent;
    for (int i = 0; sent && i < 1000; ++i) // more than a socket holds
        sent = program->writeLine(std::string(ChildProgram::kLongestLine, 'x'));
    VERIFY_ERROR(sent, ErrorCode::IoError);
    QVERIFY(sent.error().detail.find("does not read") != std::string::npos);
}

void TestChildProgram::isNotWaitedForTooLong()
{
    auto program = start("read -r line; echo late");
    VERIFY_RESULT(program);
    VERIFY_ERROR(program->readLine({.stop = {}, .longest = std::chrono::milliseconds{20}}), ErrorCode::NotAnswering);
}

void TestChildProgram::isLeftAtACancel()
{
    auto program = start("echo waits; read -r line");
    VERIFY_RESULT(program);
    std::stop_source stop;
    QCOMPARE(program->readLine({stop.get_token(), kPatient.longest}).value(), std::string{"waits"});
    const std::jthread canceller{[&stop] { stop.request_stop(); }};
    VERIFY_ERROR(program->readLine({stop.get_token(), std::chrono::hours{1}}), ErrorCode::Cancelled);
}

void TestChildProgram::takesItsOwnProgramsAlong()
{
    pid_t grandchild = 0;
    {
        auto program = start("sleep 1000 & echo $!; wait");
        VERIFY_RESULT(program);
        const auto line = program->readLine(kPatient);
        VERIFY_RESULT(line);
        grandchild = std::stoi(*line);
        QVERIFY(runs(grandchild));
    }
    QVERIFY(ends(grandchild));
}

void TestChildProgram::doesNotWaitForWhatDoesNotEnd()
{
    const Unending unending;
    if (!unending.isTraced())
        QSKIP("this system lets no process trace another one");
    OwnedProcess process{unending.process()};
    QCOMPARE(process.end(std::chrono::milliseconds{1}), std::string{"it does not end"});
    QVERIFY(runs(unending.process()));
    QCOMPARE(process.end(), std::string{}); // it is not ours any more
}

QTEST_APPLESS_MAIN(TestChildProgram)
#include "test_child_program.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/process_name.h"

#include "model_engine/core/utf8.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <initializer_list>
#include <limits>
#include <unistd.h>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

constexpr std::int64_t kId = 4711;
const std::string kReplacement = "\xEF\xBF\xBD"; // U+FFFD

/// As the kernel gives it: a zero behind each.
std::string commandLine(std::initializer_list<std::string> arguments)
{
    std::string line;
    for (const std::string& argument : arguments)
        line.append(argument).push_back('\0');
    return line;
}

std::string repeated(const std::string& text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

} // namespace

class TestProcessName : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesTheProgram_data();
    void namesTheProgram();
    void namesWhatHasNoArguments_data();
    void namesWhatHasNoArguments();
    void makesNamesPresentable_data();
    void makesNamesPresentable();
    void readsNoMoreThanItNeeds();
    void knowsNoOthers();
    void namesThisProcess();
};

void TestProcessName::namesTheProgram_data()
{
    QTest::addColumn<std::string>("arguments");
    QTest::addColumn<std::string>("name");
    const auto row = [](const std::string& name, std::initializer_list<std::string> arguments) {
        const std::string line = commandLine(arguments);
        const QByteArray shown = QByteArray::fromStdString(line).replace('\0', ' ');
        QTest::newRow(shown.constData()) << line << name;
    };
    row("blender", {"/opt/blender/blender", "-b", "scene.blend"});
    row("blender", {"blender"});
    row("ComfyUI", {"./ComfyUI/", "--listen"});
    row("app", {"/opt/My Programs/app", "x"});
    row("app", {"/opt/My Programs/app"});
    row("bash", {"-bash"});
    row("game.exe", {"C:\\Program Files\\Game\\game.exe", "-full"});
    // Arguments that the program has written over.
    row("chrome", {"/opt/google/chrome/chrome --type=gpu-process --x=/a/b"});
    row("chrome", {"/opt/google/chrome/chrome --type=renderer", "", ""});
    row("nginx: worker process", {"nginx: worker process"});
    row("sshd: root@pts/0", {"sshd: root@pts/0"});
    // Scripts.
    row("python3 main.py", {"python3", "main.py", "--listen"});
    row("python3.11 main.py", {"/venv/bin/python3.11", "-u", "-s", "/home/me/My UI/main.py", "--port", "8188"});
    row("python3 ComfyUI", {"python3", "/home/me/ComfyUI/"});
    row("python3 main.py", {"python3", "-X", "dev", "-Wignore", "-W", "error", "--", "main.py"});
    row("python3 main.py", {"python3", "-uXdev", "main.py"});
    row("python3 -x.py", {"python3", "--", "-x.py"});
    row("python3 -m comfyui", {"python3", "-m", "comfyui", "main.py"});
    row("python3 -m torch.distributed.run", {"python3", "-um", "torch.distributed.run", "train.py"});
    row("python3 -m http.server", {"python3", "-mhttp.server"});
    row("pypy3 main.py", {"pypy3", "main.py"});
    row("python3", {"python3"});
    row("python3", {"python3", "-c", "import secrets", "x"});
    row("python3", {"python3", "-uc", "print(1)"});
    row("python3", {"python3", "-", "x"});
    row("python3", {"python3", "--"});
    row("python3", {"python3", "-m"});
    row("python3", {"python3", "-X"});
    row("python3", {"python3", "", "main.py"});
    row("bash run.sh", {"/bin/bash", "-eu", "-o", "pipefail", "./run.sh"});
    row("bash run.sh", {"bash", "--rcfile", "my.rc", "run.sh"});
    row("bash run.sh", {"-bash", "run.sh"});
    row("bash", {"bash", "-lc", "rm -r x"});
    row("sh webui.sh", {"/bin/sh", "/opt/webui/webui.sh", "-f"});
    row("node server.js", {"node", "--max-old-space-size=4096", "-r", "esm", "--require", "x", "dist/server.js"});
    row("node", {"node", "--eval", "1 + 1"});
    row("node", {"node", "-pe", "1 + 1"});
    row("perl5.36.0 convert.pl", {"/usr/bin/perl5.36.0", "-w", "-Mstrict", "convert.pl"});
    row("perl", {"perl", "-ne", "print"});
    row("ruby3.1 app.rb", {"ruby3.1", "-r", "json", "app.rb"});
    row("java app.jar", {"/usr/bin/java", "-Xmx4g", "-jar", "/opt/app.jar", "x"});
    row("java org.example.Main", {"java", "-cp", "a.jar:b.jar", "org.example.Main"});
    row("pythonista", {"pythonista", "x"});
}

void TestProcessName::namesTheProgram()
{
    QFETCH(const std::string, arguments);
    QFETCH(const std::string, name);
    const TemporaryFolder processes;
    processes.write("4711/cmdline", arguments);
    processes.write("4711/comm", "comm\n");
    QCOMPARE(processName(kId, processes.path()), name);
}

void TestProcessName::namesWhatHasNoArguments_data()
{
    QTest::addColumn<std::string>("arguments");
    QTest::addColumn<std::string>("command");
    QTest::addColumn<std::string>("name");
    QTest::newRow("thread of the kernel")
        << std::string{} << std::string{"kworker/0:0H-events\n"} << std::string{"kworker/0:0H-events"};
    QTest::newRow("wiped") << std::string(8, '\0') << std::string{"wiped\n"} << std::string{"wiped"};
    QTest::newRow("blank") << std::string{"  "} << std::string{"blank\n"} << std::string{"blank"};
    QTest::newRow("a folder") << std::string{"/"} << std::string{"root\n"} << std::string{"root"};
    QTest::newRow("no name") << commandLine({"", "x"}) << std::string{"x\n"} << std::string{"x"};
    QTest::newRow("several lines") << std::string{} << std::string{"a\nb\n\n"}
                                   << "a" + kReplacement + "b" + kReplacement;
    QTest::newRow("nothing") << std::string{} << std::string{} << std::string{};
}

void TestProcessName::namesWhatHasNoArguments()
{
    QFETCH(const std::string, arguments);
    QFETCH(const std::string, command);
    QFETCH(const std::string, name);
    const TemporaryFolder processes;
    processes.write("4711/cmdline", arguments);
    processes.write("4711/comm", command);
    QCOMPARE(processName(kId, processes.path()), name);
}

void TestProcessName::makesNamesPresentable_data()
{
    QTest::addColumn<std::string>("argument");
    QTest::addColumn<std::string>("name");
    const auto row = [](const char* test, std::string argument, std::string name) {
        QTest::newRow(test) << std::move(argument) << std::move(name);
    };
    row("letters of any language", "M\xC3\xA4rchen\xE2\x82\xAC", "M\xC3\xA4rchen\xE2\x82\xAC");
    row("escape sequence", "a\x1B[31mb\n\t\x7F",
        "a" + kReplacement + "[31mb" + kReplacement + kReplacement + kReplacement);
    row("other direction of writing",
        "a\xE2\x80\xAE"
        "b",
        "a" + kReplacement + "b");
    row("invalid bytes", "a\xFF\xC3(", "a" + kReplacement + kReplacement + "(");
    row("surrogate", "\xED\xA0\x80", kReplacement + kReplacement + kReplacement);
    row("64 characters", std::string(64, 'x'), std::string(64, 'x'));
    row("65 characters", std::string(65, 'x'), std::string(64, 'x'));
    row("64 long characters", repeated("\xF0\x9F\x8E\xA8", 64), repeated("\xF0\x9F\x8E\xA8", 64));
    row("more of them", repeated("\xF0\x9F\x8E\xA8", 100), repeated("\xF0\x9F\x8E\xA8", 64));
    row("cut in a character", "abc\xF0\x9F\x8E", "abc" + repeated(kReplacement, 3));
    row("script of a long name", commandLine({"python3", std::string(100, 'x')}), "python3 " + std::string(56, 'x'));
}

void TestProcessName::makesNamesPresentable()
{
    QFETCH(const std::string, argument);
    QFETCH(const std::string, name);
    const TemporaryFolder processes;
    processes.write("4711/cmdline", argument);
    QCOMPARE(processName(kId, processes.path()), name);
    QVERIFY(isValidUtf8(name));
    if (argument.find('\0') != std::string::npos)
        return;
    processes.write("4711/cmdline", "");
    processes.write("4711/comm", argument + "\n");
    QCOMPARE(processName(kId, processes.path()), name);
}

void TestProcessName::readsNoMoreThanItNeeds()
{
    const TemporaryFolder processes;
    const std::string megabytes(2'000'000, 'x');
    processes.write("4711/cmdline", megabytes + "/end");
    QCOMPARE(processName(kId, processes.path()), std::string(64, 'x'));
    processes.write("4711/cmdline", commandLine({"blender", megabytes}));
    QCOMPARE(processName(kId, processes.path()), std::string{"blender"});
}

void TestProcessName::knowsNoOthers()
{
    const TemporaryFolder processes;
    processes.write("0/cmdline", "zero");
    processes.write("-1/cmdline", "minus");
    std::filesystem::create_directories(processes / "5/cmdline"); // folders are no files
    std::filesystem::create_directories(processes / "5/comm");
    for (const std::int64_t id : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{5}, std::int64_t{6},
             std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
        QVERIFY2(processName(id, processes.path()).empty(), std::to_string(id).c_str());
    QVERIFY(processName(kId, processes / "none").empty());
    QVERIFY(processName(std::numeric_limits<std::int64_t>::max()).empty());
}

void TestProcessName::namesThisProcess() { QCOMPARE(processName(::getpid()), std::string{"test_process_name"}); }

QTEST_APPLESS_MAIN(TestProcessName)
#include "test_process_name.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/pressure_trigger.h"

#include "tests/support/temporary_folder.h"

#include <QTest>

#include <fstream>
#include <iterator>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

/// Sets or unsets a variable of the environment, and puts it back.
class Variable {
public:
    Variable(const char* name, const char* value)
        : m_name(name)
        , m_before(qgetenv(name))
        , m_wasSet(qEnvironmentVariableIsSet(name))
    {
        value ? qputenv(name, value) : qunsetenv(name);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { m_wasSet ? qputenv(m_name, m_before) : qunsetenv(m_name); }

private:
    const char* m_name;
    QByteArray m_before;
    bool m_wasSet;
};

} // namespace

class TestPressureTrigger : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void decodesBase64_data();
    void decodesBase64();
    void asksWhatTheServiceManagerSays();
    void asksTheKernelWhereNobodySaysAnything();
    void asksNobodyWhereItIsNotWanted();
    void keepsItsConditionWhereTheirsIsBroken();
    void writesTheConditionWithItsEnd();
    void isClosedWithoutTheFile();
};

void TestPressureTrigger::decodesBase64_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::optional<std::string>>("expected");
    const auto row = [](const char* name, std::string text, std::optional<std::string> expected) {
        QTest::newRow(name) << std::move(text) << std::move(expected);
    };
    row("what systemd writes", "c29tZSAyMDAwMDAgMjAwMDAwMAA=", std::string("some 200000 2000000\0", 20));
    row("two letters of filling", "YQ==", "a");
    row("none", "YWJj", "abc");
    row("empty", "", "");
    row("cut", "YWJ", std::nullopt);
    row("not base64", "!!!!", std::nullopt);
    row("too long", std::string(4100, 'A'), std::nullopt);
}

void TestPressureTrigger::decodesBase64()
{
    QFETCH(const std::string, text);
    QFETCH(const std::optional<std::string>, expected);
    QVERIFY(decodeBase64(text) == expected);
}

void TestPressureTrigger::asksWhatTheServiceManagerSays()
{
    const Variable file{"MEMORY_PRESSURE_WATCH", "/sys/fs/cgroup/a.service/memory.pressure"};
    const Variable condition{"MEMORY_PRESSURE_WRITE", "ZnVsbCAxIDIwMDAwMDA="};
    const auto request = PressureRequest::fromEnvironment();
    QVERIFY(request.has_value());
    QCOMPARE(request->file.string(), std::string{"/sys/fs/cgroup/a.service/memory.pressure"});
    QCOMPARE(request->condition, std::string{"full 1 2000000"});
}

void TestPressureTrigger::asksTheKernelWhereNobodySaysAnything()
{
    for (const char* nothing : {static_cast<const char*>(nullptr), ""}) {
        const Variable file{"MEMORY_PRESSURE_WATCH", nothing};
        const auto request = PressureRequest::fromEnvironment();
        QVERIFY(request.has_value());
        QCOMPARE(request->file.string(), std::string{"/proc/pressure/memory"});
        QVERIFY(request->condition.starts_with("some "));
    }
}

void TestPressureTrigger::asksNobodyWhereItIsNotWanted()
{
    const Variable file{"MEMORY_PRESSURE_WATCH", "/dev/null"};
    QVERIFY(!PressureRequest::fromEnvironment());
}

void TestPressureTrigger::keepsItsConditionWhereTheirsIsBroken()
{
    const Variable file{"MEMORY_PRESSURE_WATCH", "/a"};
    const Variable condition{"MEMORY_PRESSURE_WRITE", "?"};
    QCOMPARE(PressureRequest::fromEnvironment().value().condition, PressureRequest{}.condition);
}

void TestPressureTrigger::writesTheConditionWithItsEnd()
{
    const TemporaryFolder folder;
    const auto file = folder.write("pressure", "");
    const UniqueFd trigger = openPressureTrigger({.file = file, .condition = "some 1 2"});
    QVERIFY(trigger.isOpen());
    std::ifstream stream{file, std::ios::binary};
    const std::string written{std::istreambuf_iterator<char>{stream}, {}};
    QCOMPARE(written, std::string("some 1 2\0", 9));
}

void TestPressureTrigger::isClosedWithoutTheFile()
{
    const TemporaryFolder folder;
    QVERIFY(!openPressureTrigger({.file = folder / "none"}).isOpen());
    QVERIFY(!openPressureTrigger({.file = "/dev/full"}).isOpen()); // the kernel does not take the condition
}

QTEST_GUILESS_MAIN(TestPressureTrigger)
#include "test_pressure_trigger.moc"

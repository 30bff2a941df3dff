// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/peers/waiting_program.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::benchmarks;
using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A program of the shell.
Result<WaitingProgram> start(const std::string& script) { return WaitingProgram::start({"/bin/sh", "-c", script}); }

} // namespace

class TestWaitingProgram : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void readsNumbersOfAProgramThatWaited();
    void refusesWhatIsNoProgram();
    void saysWhenItEndsBeforeItWaits();
    void saysWhenItEndsWithoutItsNumbers();
    void saysWhatIsNoNumber();
    void endsWithItsObject();

private:
    ResourceUse m_before;
};

void TestWaitingProgram::readsNumbersOfAProgramThatWaited()
{
    auto program = start("echo ready; read line; echo 1.5; echo -2e3; echo 7");
    VERIFY_RESULT(program);
    const auto numbers = program->numbers(2);
    VERIFY_RESULT(numbers);
    QVERIFY((*numbers == std::vector<double>{1.5, -2000}));
}

void TestWaitingProgram::refusesWhatIsNoProgram()
{
    VERIFY_ERROR(WaitingProgram::start({"/nonexistent/python"}), ErrorCode::NotFound);
}

void TestWaitingProgram::saysWhenItEndsBeforeItWaits()
{
    VERIFY_ERROR(start("exit 1"), ErrorCode::IoError);
    VERIFY_ERROR(start("printf ready"), ErrorCode::IoError);
    VERIFY_ERROR(start("echo 'a warning'; echo ready; read line"), ErrorCode::IoError);
}

void TestWaitingProgram::saysWhenItEndsWithoutItsNumbers()
{
    auto some = start("echo ready; read line; echo 1");
    VERIFY_RESULT(some);
    VERIFY_ERROR(some->numbers(2), ErrorCode::IoError);
    auto none = start("echo ready");
    VERIFY_RESULT(none);
    QVERIFY(!none->numbers(1)); // it may be gone before it is told to go on, or after
}

void TestWaitingProgram::saysWhatIsNoNumber()
{
    auto program = start("echo ready; read line; echo Traceback");
    VERIFY_RESULT(program);
    const auto numbers = program->numbers(1);
    VERIFY_ERROR(numbers, ErrorCode::IoError);
    QVERIFY(numbers.error().detail.find("Traceback") != std::string::npos);
}

void TestWaitingProgram::endsWithItsObject()
{
    const auto program = start("echo ready; read line");
    VERIFY_RESULT(program);
}

QTEST_APPLESS_MAIN(TestWaitingProgram)
#include "test_waiting_program.moc"

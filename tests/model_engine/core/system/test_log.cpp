// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/log.h"

#include "model_engine/core/files/file.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <fcntl.h>
#include <thread>
#include <vector>

using namespace weightroom;
using namespace weightroom::engine;

class TestLog : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void escapes_data();
    void escapes();
    void writesTimeLevelAndMessage();
    void dropsWhatIsBelowTheLevel();
    void oneRecordIsOneLine();
    void threadsDoNotMixTheirLines();
    void aLogThatCannotBeWrittenIsNoError();
};

namespace {

/// A file to log to, and what stands in it.
class LogFile {
public:
    LogFile()
        : m_descriptor(::open((m_folder / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600))
    {
    }
    [[nodiscard]] int descriptor() const { return m_descriptor.get(); }
    [[nodiscard]] std::string content() const { return readSmallFile(m_folder / "log", kMiB).value_or("unreadable"); }

private:
    test::TemporaryFolder m_folder;
    UniqueFd m_descriptor;
};

} // namespace

void TestLog::escapes_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("escaped");
    const auto row = [](const char* name, std::string text, std::string escaped) {
        QTest::newRow(name) << std::move(text) << std::move(escaped);
    };
    row("plain", "a model <b>", "a model <b>");
    row("other scripts",
        "gr\xc3\xb6\xc3\x9f"
        "e \xe2\x82\xac \xf0\x9f\x98\x80",
        "gr\xc3\xb6\xc3\x9f"
        "e \xe2\x82\xac \xf0\x9f\x98\x80");
    row("newline", "a\nerror b", "a\\x0aerror b");
    row("carriage return", "a\rb", "a\\x0db");
    row("terminal sequence", "\x1b[31mred", "\\x1b[31mred");
    row("NUL", std::string{"a\0b", 3}, "a\\x00b");
    row("delete",
        "a\x7f"
        "b",
        "a\\x7f"
        "b");
    row("C1 sequence in UTF-8",
        "\xc2\x9b"
        "31m",
        "\\xc2\\x9b"
        "31m");
    row("right-to-left override",
        "\xe2\x80\xae"
        "gpj",
        "\\xe2\\x80\\xae"
        "gpj");
    row("line separator",
        "a\xe2\x80\xa8"
        "b",
        "a\\xe2\\x80\\xa8"
        "b");
    row("not UTF-8", "a\xff\xc3", "a\\xff\\xc3");
}

void TestLog::escapes()
{
    QFETCH(std::string, text);
    QFETCH(std::string, escaped);
    QCOMPARE(escapeForTerminal(text), escaped);
    QCOMPARE(escapeForTerminal(escaped), escaped);
}

void TestLog::writesTimeLevelAndMessage()
{
    const LogFile file;
    test::ManualClock clock;
    FileLog log{file.descriptor(), LogLevel::Debug, clock};
    log.write(LogLevel::Info, "Scanning begins.");
    clock.advance(std::chrono::hours{36} + std::chrono::milliseconds{70'007});
    log.write(LogLevel::Warning, "Scanning ended.");
    QCOMPARE(file.content(),
        std::string{
            "2026-01-01T00:00:00.000Z info Scanning begins.\n2026-01-02T12:01:10.007Z warning Scanning ended.\n"});
}

void TestLog::dropsWhatIsBelowTheLevel()
{
    const LogFile file;
    const test::ManualClock clock;
    FileLog log{file.descriptor(), LogLevel::Warning, clock};
    log.write(LogLevel::Debug, "no");
    log.write(LogLevel::Info, "no");
    QCOMPARE(file.content(), std::string{});
    log.write(LogLevel::Error, "yes");
    QCOMPARE(file.content(), std::string{"2026-01-01T00:00:00.000Z error yes\n"});
}

void TestLog::oneRecordIsOneLine()
{
    const LogFile file;
    const test::ManualClock clock;
    FileLog log{file.descriptor(), LogLevel::Debug, clock};
    log.write(LogLevel::Info, "a\n2026-01-01T00:00:00.000Z error forged");
    QCOMPARE(std::ranges::count(file.content(), '\n'), 1);
}

void TestLog::threadsDoNotMixTheirLines()
{
    constexpr int kLines = 200;
    const LogFile file;
    const test::ManualClock clock;
    FileLog log{file.descriptor(), LogLevel::Debug, clock};
    {
        std::vector<std::jthread> threads;
        for (const char letter : {'a', 'b', 'c', 'd'}) {
            threads.emplace_back([&log, letter] {
                for (int i = 0; i < kLines; ++i)
                    log.write(LogLevel::Info, std::string(100, letter));
            });
        }
    }
    std::string content = file.content();
    for (const char letter : {'a', 'b', 'c', 'd'}) {
        const std::string line = "2026-01-01T00:00:00.000Z info " + std::string(100, letter) + "\n";
        for (int i = 0; i < kLines; ++i) {
            const auto at = content.find(line);
            QVERIFY(at != std::string::npos);
            content.erase(at, line.size());
        }
    }
    QCOMPARE(content, std::string{});
}

void TestLog::aLogThatCannotBeWrittenIsNoError()
{
    const test::ManualClock clock;
    FileLog log{-1, LogLevel::Debug, clock};
    log.write(LogLevel::Error, "into nothing");
    NullLog nothing;
    nothing.write(LogLevel::Error, "into nothing");
}

QTEST_APPLESS_MAIN(TestLog)
#include "test_log.moc"

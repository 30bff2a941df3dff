// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/folder_text.h"

#include <QTest>

namespace engine = weightroom::engine;
using namespace weightroom::ui;
using engine::PollingReason;
using engine::Watching;

class TestFolderText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysHowChangesAreNoticed_data();
    void saysHowChangesAreNoticed();
};

void TestFolderText::saysHowChangesAreNoticed_data()
{
    constexpr std::chrono::minutes kMinute{1};
    QTest::addColumn<engine::WatchCondition>("condition");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const engine::WatchCondition& condition, const char* expected) {
        QTest::newRow(name) << condition << QString::fromUtf8(expected);
    };
    row("nobody", {}, "");
    row("inotify", {.watching = Watching::Inotify}, "Changes are seen at once.");
    row("network", {.watching = Watching::Polling, .reason = PollingReason::NetworkFileSystem, .pollInterval = kMinute},
        "Looked at every 60 seconds: it lies on a network.");
    row("limit",
        {.watching = Watching::Polling,
            .reason = PollingReason::InotifyLimit,
            .limitName = "fs.inotify.max_user_watches",
            .limit = 8192,
            .pollInterval = kMinute},
        "Looked at every 60 seconds: the system's limit fs.inotify.max_user_watches of 8,192 is reached.");
    row("no clock", {.watching = Watching::Polling, .reason = PollingReason::Other},
        "Not watched: its file system does not tell of changes.");
    row("hanging", {.watching = Watching::NotAnswering}, "Its file system does not answer.");
    row("missing", {.watching = Watching::Missing}, "It is not there.");
    row("unreadable", {.watching = Watching::Unreadable}, "It cannot be read.");
}

void TestFolderText::saysHowChangesAreNoticed()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QFETCH(const engine::WatchCondition, condition);
    QTEST(watchText(condition), "expected");
}

QTEST_GUILESS_MAIN(TestFolderText)
#include "test_folder_text.moc"

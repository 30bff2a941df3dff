// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pages of memory and monitoring in the real window, over a real engine that watches itself.
#include "model_engine/engine.h"
#include "tests/support/made_up_host.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/charts/time_chart.h"
#include "ui/pages/memory/memory_page.h"
#include "ui/pages/monitor/alert_panel.h"
#include "ui/pages/monitor/history_board.h"
#include "ui/pages/monitor/monitor_page.h"
#include "ui/widgets/treemap/treemap.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QPushButton>
#include <QTabBar>
#include <QTest>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::FixtureOptions;
using weightroom::test::TemporaryFolder;
using weightroom::test::WindowFixture;

namespace {

constexpr int kSoon = 10'000;

/// A machine that tells of itself what stands in a folder, looked at fifty times a second.
FixtureOptions watched(const TemporaryFolder& folder)
{
    folder.write("host/meminfo", "MemTotal: 4194304 kB\nMemAvailable: 3145728 kB\n");
    engine::MonitorOptions monitoring{.host = test::madeUpHost(folder / "host")};
    monitoring.period = std::chrono::milliseconds{20};
    return {.monitoring = monitoring, .dataFolder = folder / "data"};
}

constexpr engine::Bytes kNearlyAll = engine::kMiB * 7 + engine::kKiB * 512;

/// The same, whose device has an alert at once when there is kNearlyAll on it.
FixtureOptions watchedSmall(const TemporaryFolder& folder)
{
    FixtureOptions options = watched(folder);
    options.device = engine::kMiB * 8;
    options.alerts.hold = {};
    return options;
}

/// A window with a model that is loaded.
class Rig : public WindowFixture {
public:
    using WindowFixture::WindowFixture;

    [[nodiscard]] bool load(engine::Bytes size)
    {
        addModel("small", size);
        if (!scan())
            return false;
        select(QStringLiteral("small"));
        find<QAction>("load")->trigger();
        return QTest::qWaitFor(
            [this] { return state(QStringLiteral("small")) == QStringLiteral("Loaded on HOST_0"); }, kSoon);
    }
    [[nodiscard]] MemoryPage& memoryPage() { return *find<MemoryPage>("memoryPage"); }
    [[nodiscard]] MonitorPage& monitorPage() { return *find<MonitorPage>("monitorPage"); }
    [[nodiscard]] const TreemapTile* tile(const QString& label)
    {
        const QList<TreemapTile>& tiles = memoryPage().treemap()->tiles();
        const auto found = std::ranges::find_if(tiles, [&](const TreemapTile& one) { return one.label == label; });
        return found == tiles.end() ? nullptr : &*found;
    }
};

} // namespace

class TestMonitorPages : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goesFromPageToPage();
    void keepsDocksBesideTheLibrary();
    void showsWhatIsInADeviceDownToItsTensors();
    void showsTheCacheToo();
    void drawsWhatComesIn();
    void raisesAnAlertAndLetsItBeAcknowledged();
    void tellsOfNoAlertTwice();
    void saysWhenNobodyWatches();
};

void TestMonitorPages::goesFromPageToPage()
{
    const TemporaryFolder folder;
    Rig rig{watched(folder)};
    QVERIFY(!rig.memoryPage().isVisible());
    rig.press(Qt::Key_2, Qt::AltModifier);
    QVERIFY(rig.memoryPage().isVisible());
    QVERIFY(rig.find<QAction>("pageMemory")->isChecked());
    rig.press(Qt::Key_3, Qt::AltModifier);
    QVERIFY(rig.monitorPage().isVisible() && !rig.memoryPage().isVisible());
    rig.find<QAction>("find")->trigger(); // a search is about models
    QVERIFY(!rig.monitorPage().isVisible());
    QVERIFY(rig.find<QAction>("pageLibrary")->isChecked());
}

void TestMonitorPages::keepsDocksBesideTheLibrary()
{
    const TemporaryFolder folder;
    const QString file = QString::fromStdString(folder / "window.ini");
    engine::EngineOptions nothing;
    EngineBridge bridge{std::move(nothing)};
    test::ScriptedPrompts prompts;
    {
        QSettings settings(file, QSettings::IniFormat);
        MainWindow window(bridge, prompts, settings);
        window.show();
        const auto* memory = window.findChild<QDockWidget*>(QStringLiteral("memoryDock"));
        auto* activity = window.findChild<QDockWidget*>(QStringLiteral("activityDock"));
        QVERIFY(memory->isVisible() && activity->isVisible());
        window.findChild<QAction*>(QStringLiteral("pageMemory"))->trigger();
        QVERIFY(memory->isHidden() && activity->isHidden());
        activity->toggleViewAction()->trigger();
        window.findChild<QAction*>(QStringLiteral("pageLibrary"))->trigger();
        QVERIFY(memory->isVisible() && activity->isVisible());
        window.findChild<QAction*>(QStringLiteral("pageMonitor"))->trigger();
        QVERIFY(memory->isHidden() && activity->isVisible()); // as the user wants it
        window.close();
    }
    QSettings settings(file, QSettings::IniFormat);
    MainWindow window(bridge, prompts, settings);
    window.show();
    const auto* memory = window.findChild<QDockWidget*>(QStringLiteral("memoryDock"));
    const auto* activity = window.findChild<QDockWidget*>(QStringLiteral("activityDock"));
    QVERIFY(memory->isVisible() && activity->isVisible());
    window.findChild<QAction*>(QStringLiteral("pageMemory"))->trigger();
    QVERIFY(memory->isHidden() && activity->isVisible());
}

void TestMonitorPages::showsWhatIsInADeviceDownToItsTensors()
{
    const TemporaryFolder folder;
    Rig rig{watched(folder)};
    QVERIFY(rig.load(engine::kMiB * 3));
    rig.find<QAction>("pageMemory")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(rig.memoryPage().currentId(), QStringLiteral("HOST_0"), kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("small")) != nullptr, kSoon);
    QVERIFY(rig.tile(QStringLiteral("Free")) == nullptr);
    rig.find<QCheckBox>("showFree")->click();
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("Free")) != nullptr, kSoon);
    rig.find<QCheckBox>("showFree")->click(); // beside it the model is next to nothing
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("small")) != nullptr, kSoon);
    Treemap* treemap = rig.memoryPage().treemap();
    const QString model = rig.tile(QStringLiteral("small"))->id;
    treemap->setPath({model});
    QCOMPARE(treemap->tiles().size(), 1);
    treemap->setPath({model, treemap->tiles().first().id});
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("weight")) != nullptr, kSoon); // asked for, and answered
    // Gone: the page goes up by itself.
    rig.find<QAction>("pageLibrary")->trigger();
    rig.select(QStringLiteral("small"));
    rig.find<QAction>("unload")->trigger();
    rig.find<QAction>("pageMemory")->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(treemap->path().isEmpty(), kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("small")) == nullptr, kSoon);
}

void TestMonitorPages::showsTheCacheToo()
{
    const TemporaryFolder folder;
    Rig rig{watched(folder)};
    QVERIFY(rig.load(engine::kMiB * 3));
    rig.find<QAction>("pageMemory")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(rig.memoryPage().tabs()->count(), 2, kSoon);
    rig.memoryPage().showMemory(QStringLiteral("CACHE"));
    QCOMPARE(rig.memoryPage().currentId(), QStringLiteral("CACHE"));
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("small")) != nullptr, kSoon); // loads go by way of it
}

void TestMonitorPages::drawsWhatComesIn()
{
    const TemporaryFolder folder;
    Rig rig{watched(folder)};
    rig.find<QAction>("pageMonitor")->trigger();
    QComboBox* chooser = rig.monitorPage().deviceChooser();
    QTRY_COMPARE_WITH_TIMEOUT(chooser->count(), 2, kSoon);
    const auto device = rig.monitorPage().history()->chartCount();
    QCOMPARE(device, 4); // memory and loads: a host device has neither clocks nor a temperature
    chooser->setCurrentIndex(1);
    Q_EMIT chooser->activated(1);
    HistoryBoard* board = rig.monitorPage().history();
    QVERIFY(board->chartCount() > device);
    TimeChart* ram = board->chart(0);
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            ram->showCrosshair(ram->visibleSpan().to);
            return ram->readoutText().contains(QStringLiteral("1.00 GiB")); // 4 GiB, of which 3 are available
        }(),
        kSoon);
}

void TestMonitorPages::raisesAnAlertAndLetsItBeAcknowledged()
{
    const TemporaryFolder folder;
    Rig rig{watchedSmall(folder)};
    QVERIFY(rig.load(kNearlyAll));
    QTRY_COMPARE_WITH_TIMEOUT(
        rig.prompts().news(), QStringList{QStringLiteral("HOST_0: memory is nearly full")}, kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(rig.find<QAction>("pageMonitor")->text().contains(QLatin1Char('1')), kSoon);
    rig.find<QAction>("pageMonitor")->trigger();
    const auto button = [&] {
        return rig.monitorPage().alerts()->findChild<QPushButton*>(QStringLiteral("acknowledge"));
    };
    QTRY_VERIFY_WITH_TIMEOUT(button() != nullptr, kSoon);
    button()->click();
    QTRY_VERIFY_WITH_TIMEOUT(!button()->isVisible(), kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(!rig.find<QAction>("pageMonitor")->text().contains(QLatin1Char('1')), kSoon);
    QCOMPARE(rig.prompts().news().size(), 1); // told once
}

void TestMonitorPages::tellsOfNoAlertTwice()
{
    const TemporaryFolder folder;
    FixtureOptions options = watchedSmall(folder);
    {
        Rig rig{options};
        QVERIFY(rig.load(kNearlyAll));
        QTRY_COMPARE_WITH_TIMEOUT(rig.prompts().news().size(), 1, kSoon);
    }
    options.alerts.hold = std::chrono::hours{1}; // so long it goes on
    Rig rig{options};
    QTRY_VERIFY_WITH_TIMEOUT(rig.find<QAction>("pageMonitor")->text().contains(QLatin1Char('1')), kSoon);
    QCOMPARE(rig.prompts().news().size(), 0);
}

void TestMonitorPages::saysWhenNobodyWatches()
{
    Rig rig;
    rig.find<QAction>("pageMemory")->trigger();
    QVERIFY(rig.memoryPage().isVisible());
    QVERIFY(!rig.memoryPage().treemap()->isVisible()); // in its place a sentence
    QVERIFY(rig.memoryPage().currentId().isEmpty());
}

QTEST_MAIN(TestMonitorPages)
#include "test_monitor_pages.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pages of memory and monitoring in the real window, over a real engine that watches itself.
#include "model_engine/engine.h"
#include "tests/ui/main_window/monitor_pages_rig.h"
#include "ui/charts/time_chart.h"
#include "ui/models/load_figures_model.h"
#include "ui/pages/monitor/history_board.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/memory/gpu_figure_list.h"

#include <QAccessible>
#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QFile>
#include <QLabel>
#include <QTabBar>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::kSoon;
using weightroom::test::TemporaryFolder;
using weightroom::test::watched;

namespace {

class Rig : public weightroom::test::MonitorPagesRig {
public:
    using MonitorPagesRig::MonitorPagesRig;

    /// Asks for it by the menu, into this file.
    void exportHistory(const char* action, const std::filesystem::path& file)
    {
        prompts().answerNext(QByteArray::fromStdString(file.native()));
        find<QAction>(action)->trigger();
    }
};

/// The list of this name somewhere below; nullptr: there is none.
QAccessibleInterface* listIn(QAccessibleInterface* top, const QString& name)
{
    if (top->role() == QAccessible::List && top->text(QAccessible::Name) == name)
        return top;
    for (int index = 0; index < top->childCount(); ++index) {
        if (QAccessibleInterface* found = listIn(top->child(index), name))
            return found;
    }
    return nullptr;
}

QByteArray contentOf(const std::filesystem::path& path)
{
    QFile file(QString::fromStdString(path.native()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestMonitorPages : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goesFromPageToPage();
    void keepsDocksBesideTheLibrary();
    void showsWhatIsInADeviceDownToItsTensors();
    void screenReadersGoIntoAModel();
    void showsTheCacheToo();
    void drawsWhatComesIn();
    void showsWhatLoadsHaveComeTo();
    void showsTheControlGroup();
    void exportsWhatTheChartsShow();
    void saysWhyNothingIsExported();
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

/// From the window down, and in by what they offer.
void TestMonitorPages::screenReadersGoIntoAModel()
{
    const TemporaryFolder folder;
    Rig rig{watched(folder)};
    QVERIFY(rig.load(engine::kMiB * 3));
    rig.find<QAction>("pageMemory")->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("small")) != nullptr, kSoon);
    QAccessibleInterface* parts =
        listIn(QAccessible::queryAccessibleInterface(&rig.window()), QStringLiteral("What is in HOST_0"));
    QVERIFY(parts != nullptr);
    const int place = static_cast<int>(rig.memoryPage().treemap()->placeOf(rig.tile(QStringLiteral("small"))->id));
    QAccessibleInterface* model = parts->child(place);
    QVERIFY2(model->text(QAccessible::Name).startsWith(QStringLiteral("small, ")),
        qPrintable(model->text(QAccessible::Name)));
    model->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QTRY_COMPARE_WITH_TIMEOUT(rig.memoryPage().treemap()->path().size(), 1, kSoon);
    QCOMPARE(parts->text(QAccessible::Name), QStringLiteral("What is in small"));
    QCOMPARE(parts->childCount(), 1);
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

void TestMonitorPages::showsWhatLoadsHaveComeTo()
{
    const TemporaryFolder folder;
    Rig rig{watched(folder)};
    QVERIFY(rig.load(engine::kMiB * 3));
    rig.find<QAction>("pageMonitor")->trigger();
    const auto* table = rig.find<QTableView>("loadFigures");
    QTRY_VERIFY_WITH_TIMEOUT(table->isVisible() && table->model()->rowCount() == 1, kSoon);
    const auto text = [&](int column) { return table->model()->index(0, column).data().toString(); };
    QCOMPARE(text(LoadFiguresModel::DeviceColumn), QStringLiteral("HOST_0"));
    QCOMPARE(text(LoadFiguresModel::LoadsColumn), QStringLiteral("1"));
    QCOMPARE(text(LoadFiguresModel::FailedColumn), QStringLiteral("0"));
    QCOMPARE(text(LoadFiguresModel::MedianColumn), text(LoadFiguresModel::P95Column));
    QVERIFY(text(LoadFiguresModel::RateColumn).endsWith(QStringLiteral("/s")));
    QVERIFY(!rig.find<QLabel>("cacheHitRate")->text().isEmpty());
}

void TestMonitorPages::showsTheControlGroup()
{
    const TemporaryFolder folder;
    folder.write("host/cgroup", "0::/app.slice\n");
    folder.write("host/groups/app.slice/memory.current", "1073741824\n");
    Rig rig{watched(folder)};
    rig.find<QAction>("pageMonitor")->trigger();
    auto* chooser = rig.monitorPage().deviceChooser();
    QTRY_COMPARE_WITH_TIMEOUT(chooser->count(), 2, kSoon);
    const auto* group = rig.find<GpuFigureList>("controlGroup");
    QVERIFY(!group->isVisible()); // it is not the device's
    chooser->setCurrentIndex(1);
    Q_EMIT chooser->activated(1);
    QVERIFY(group->isVisible());
    const QList<QLabel*> labels = group->findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(
        labels, [](const QLabel* label) { return label->text().startsWith(QStringLiteral("1.00 GiB")); }));
}

void TestMonitorPages::exportsWhatTheChartsShow()
{
    const TemporaryFolder folder;
    Rig rig{watched(folder)};
    rig.find<QAction>("pageMonitor")->trigger();
    const auto* button = rig.find<QToolButton>("exportHistory");
    QTRY_VERIFY_WITH_TIMEOUT(button->isEnabled(), kSoon);
    rig.exportHistory("exportHistoryCsv", folder / "history.csv");
    const auto* banner = rig.window().findChild<Banner*>();
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), kSoon);
    const QByteArray table = contentOf(folder / "history.csv");
    QVERIFY2(table.startsWith("time,metric,device,unit"), table);
    QVERIFY2(table.contains(",memory_held,HOST_0,"), table);
    QVERIFY2(!table.contains("ram_used"), table); // that is a chart of the computer
    auto* chooser = rig.monitorPage().deviceChooser();
    chooser->setCurrentIndex(1);
    Q_EMIT chooser->activated(1);
    rig.exportHistory("exportHistoryJson", folder / "history.json");
    QTRY_VERIFY_WITH_TIMEOUT(contentOf(folder / "history.json").contains("ram_used"), kSoon);
    QVERIFY(!contentOf(folder / "history.json").contains("memory_held"));
    // A file that is there is left alone, and that is told.
    folder.write("mine.csv", "mine");
    rig.exportHistory("exportHistoryCsv", folder / "mine.csv");
    QTRY_COMPARE_WITH_TIMEOUT(banner->property("role").toString(), QStringLiteral("banner"), kSoon);
    QCOMPARE(contentOf(folder / "mine.csv"), QByteArray("mine"));
}

void TestMonitorPages::saysWhyNothingIsExported()
{
    const TemporaryFolder folder;
    folder.write("data", "a file where the folder should be");
    Rig rig{watched(folder)};
    const auto* button = rig.find<QToolButton>("exportHistory");
    rig.find<QAction>("pageMonitor")->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(rig.find<QLabel>("historyProblem")->isVisible(), kSoon);
    QVERIFY(!button->isEnabled());
    QVERIFY2(button->toolTip().contains(QStringLiteral("not kept")), qPrintable(button->toolTip()));
}

void TestMonitorPages::saysWhenNobodyWatches()
{
    Rig rig;
    rig.find<QAction>("pageMemory")->trigger();
    QVERIFY(rig.memoryPage().isVisible());
    QVERIFY(!rig.memoryPage().treemap()->isVisible()); // in its place a sentence
    QVERIFY(rig.memoryPage().currentId().isEmpty());
    QVERIFY(!rig.find<QToolButton>("exportHistory")->isEnabled()); // there are no numbers
    QVERIFY(rig.find<QToolButton>("exportHistory")->toolTip().contains(QStringLiteral("no numbers")));
}

QTEST_MAIN(TestMonitorPages)
#include "test_monitor_pages.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real window over a real engine: what a user does, from adding a folder to an empty device.
#include "tests/support/resource_check.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/widgets/job_strip.h"
#include "ui/widgets/memory_card.h"
#include "ui/widgets/memory_gauge.h"

#include <QAction>
#include <QComboBox>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QFrame>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTest>
#include <QToolButton>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::WindowFixture;

namespace {

constexpr engine::Bytes kSmall = engine::kMiB * 3;
/// Takes some tenths of a second to read and copy: time enough to press a button, without any waiting in the test.
constexpr engine::Bytes kLarge = engine::kMiB * 1536;

const QString kDevice = QStringLiteral("HOST_0");
const QString kLoaded = QStringLiteral("Loaded on HOST_0");
const QString kOnDisk = QStringLiteral("On disk");

/// The part of the gauge that a model holds.
quint64 ownedOnGauge(WindowFixture& fixture, const QString& modelName)
{
    const auto* card = fixture.find<MemoryCard>("memory_HOST_0");
    for (const MemorySegment& segment : card->gauge()->segments()) {
        if (segment.label == modelName)
            return segment.bytes;
    }
    return 0;
}

/// The texts of the strips in the activity list.
QStringList jobDetails(WindowFixture& fixture)
{
    QStringList texts;
    for (const QLabel* label : fixture.window().findChildren<QLabel*>(QStringLiteral("jobDetail")))
        texts.append(label->text());
    return texts;
}

/// Whether a strip has this title.
bool hasJob(WindowFixture& fixture, const QString& title)
{
    const QList<JobStrip*> strips = fixture.window().findChildren<JobStrip*>();
    return std::ranges::any_of(strips, [&](const JobStrip* strip) { return strip->accessibleName() == title; });
}

QToolButton* cancelButton(WindowFixture& fixture, quint64 jobNumber)
{
    const QList<JobStrip*> strips = fixture.window().findChildren<JobStrip*>();
    const auto strip = std::ranges::find(strips, jobNumber, [](const JobStrip* one) { return one->job().number; });
    return strip == strips.end() ? nullptr : (*strip)->findChild<QToolButton*>(QStringLiteral("cancelJob"));
}

} // namespace

class TestMainWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void loadsAndUnloads();
    void cachesAndDrops();
    void tidiesUpTheMemory();
    void doubleClickLoads();
    void cancelledLoadLeavesNothing();
    void tooLargeForTheDevice();
    void brokenFilesSayWhy();
    void missingFolderIsTold();
    void searchByKeyboard();
    void selectionSurvivesARescan();
    void actionsFollowTheSelection();
    void refusedRequestsShowTheBanner();
    void shortcutSheetOpensWithoutBlocking();
    void settingsAreChangedAndTakenOn();
    void saysBeforeALoadWhatIsThereAlready();
    void plansAreKeptCarriedOutAndForgotten();
    void everythingHasAName();
    void closingDuringALoadLeavesNothing();
};

void TestMainWindow::loadsAndUnloads()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    fixture.addModel("other", kSmall * 2);
    QVERIFY(fixture.scan());
    QTRY_COMPARE(fixture.table().model()->rowCount(), 2);
    QCOMPARE(fixture.state(QStringLiteral("small")), kOnDisk);

    fixture.select(QStringLiteral("small"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), kLoaded);
    QTRY_COMPARE(ownedOnGauge(fixture, QStringLiteral("small")), kSmall.value);
    QCOMPARE(fixture.memory(kDevice).owners.size(), 1);
    QCOMPARE(fixture.state(QStringLiteral("other")), kOnDisk);

    fixture.select(QStringLiteral("other"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(ownedOnGauge(fixture, QStringLiteral("other")), kSmall.value * 2);
    QCOMPARE(ownedOnGauge(fixture, QStringLiteral("small")), kSmall.value);

    fixture.table().selectAll();
    fixture.press(Qt::Key_U, Qt::ControlModifier);
    QTRY_COMPARE(fixture.memory(kDevice).held, quint64{0});
    QTRY_COMPARE(ownedOnGauge(fixture, QStringLiteral("small")), quint64{0});
    QTRY_COMPARE(ownedOnGauge(fixture, QStringLiteral("other")), quint64{0});
}

void TestMainWindow::cachesAndDrops()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("small"));
    fixture.press(Qt::Key_K, Qt::ControlModifier);
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), QStringLiteral("Cached"));
    QCOMPARE(fixture.memory(QStringLiteral("CACHE")).owners.first().bytes, kSmall.value);
    QCOMPARE(fixture.memory(kDevice).held, quint64{0});
    fixture.press(Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), kOnDisk);
    QTRY_COMPARE(fixture.memory(QStringLiteral("CACHE")).held, quint64{0});
}

void TestMainWindow::tidiesUpTheMemory()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    const auto* tidy = fixture.find<QAction>("optimizeMemory");
    QVERIFY(!tidy->isEnabled());
    fixture.select(QStringLiteral("small"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), kLoaded);
    QTRY_VERIFY(tidy->isEnabled());
    fixture.find<QAction>("optimizeMemory")->trigger();
    QTRY_VERIFY(hasJob(fixture, QStringLiteral("Tidied up the memory")));
    QCOMPARE(fixture.state(QStringLiteral("small")), kLoaded);
}

void TestMainWindow::doubleClickLoads()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("small"));
    const QPoint row = fixture.table().visualRect(fixture.table().currentIndex()).center();
    QTest::mouseDClick(fixture.table().viewport(), Qt::LeftButton, {}, row);
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), kLoaded);
}

void TestMainWindow::cancelledLoadLeavesNothing()
{
    WindowFixture fixture;
    fixture.addModel("large", kLarge);
    QVERIFY(fixture.scan());
    // Pressed as soon as the strip of the running job stands in the activity list.
    connect(&fixture.bridge(), &EngineBridge::jobChanged, &fixture.window(), [&fixture](const JobView& job) {
        if (job.kind == JobKind::Load && job.state == JobState::Running)
            cancelButton(fixture, job.number)->click();
    });
    fixture.select(QStringLiteral("large"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_VERIFY(fixture.lastJob(JobKind::Load).isFinished());
    QCOMPARE(fixture.lastJob(JobKind::Load).state, JobState::Cancelled);
    QTRY_COMPARE(fixture.state(QStringLiteral("large")), kOnDisk);
    QCOMPARE(fixture.memory(kDevice).held, quint64{0});
    QCOMPARE(fixture.memory(QStringLiteral("CACHE")).held, quint64{0});
}

void TestMainWindow::tooLargeForTheDevice()
{
    WindowFixture fixture({.device = engine::kMiB * 2});
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("small"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(fixture.lastJob(JobKind::Load).state, JobState::Failed);
    const QString sentence = fixture.lastJob(JobKind::Load).error->sentence;
    QVERIFY2(sentence.contains(QStringLiteral("3.0 MiB")) && sentence.contains(QStringLiteral("2.0 MiB")),
        qPrintable(sentence));
    QVERIFY(fixture.find<QFrame>("banner")->isVisible());
    QCOMPARE(fixture.find<QLabel>("bannerSentence")->text(), sentence);
    QVERIFY(jobDetails(fixture).contains(sentence));
    QCOMPARE(fixture.memory(kDevice).held, quint64{0});
}

void TestMainWindow::brokenFilesSayWhy()
{
    WindowFixture fixture;
    fixture.addModel("good", kSmall);
    fixture.addTruncatedModel("broken");
    QVERIFY(fixture.scan());
    QTRY_COMPARE(fixture.table().model()->rowCount(), 2);
    QVERIFY2(
        fixture.state(QStringLiteral("broken")).startsWith(QStringLiteral("Cannot be used: The file is incomplete")),
        qPrintable(fixture.state(QStringLiteral("broken"))));
    fixture.select(QStringLiteral("broken"));
    QVERIFY(!fixture.find<QAction>("load")->isEnabled());
    QVERIFY(fixture.find<QLabel>("detailProblem")->isVisible());
}

void TestMainWindow::missingFolderIsTold()
{
    WindowFixture fixture;
    fixture.bridge().addFolder(fixture.folder() + "/not-there");
    QTRY_VERIFY(fixture.find<QFrame>("banner")->isVisible());
    const QString sentence = fixture.find<QLabel>("bannerSentence")->text();
    QVERIFY2(sentence.contains(QStringLiteral("not-there")), qPrintable(sentence));
}

void TestMainWindow::searchByKeyboard()
{
    WindowFixture fixture;
    fixture.addModel("cat", kSmall);
    fixture.addModel("dog", kSmall);
    QVERIFY(fixture.scan());
    QTRY_COMPARE(fixture.table().model()->rowCount(), 2);
    fixture.press(Qt::Key_F, Qt::ControlModifier);
    auto* search = fixture.find<QLineEdit>("search");
    QCOMPARE(fixture.window().focusWidget(), search);
    QTest::keyClicks(search, QStringLiteral("do"));
    QCOMPARE(fixture.table().model()->rowCount(), 1);
    QCOMPARE(fixture.find<QLabel>("modelCount")->text(), QStringLiteral("1 of 2 models"));
    QTest::keyClick(search, Qt::Key_Return);
    QCOMPARE(fixture.window().focusWidget(), &fixture.table());
    fixture.press(Qt::Key_Return);
    QTRY_COMPARE(fixture.state(QStringLiteral("dog")), kLoaded);
    fixture.press(Qt::Key_F, Qt::ControlModifier);
    fixture.press(Qt::Key_Escape);
    QCOMPARE(fixture.table().model()->rowCount(), 2);
    QVERIFY(search->text().isEmpty());
}

void TestMainWindow::selectionSurvivesARescan()
{
    WindowFixture fixture;
    fixture.addModel("b", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("b"));
    fixture.addModel("a", kSmall);
    fixture.addModel("c", kSmall);
    fixture.press(Qt::Key_F5);
    QTRY_COMPARE(fixture.table().model()->rowCount(), 3);
    const QModelIndexList selected = fixture.table().selectionModel()->selectedRows();
    QCOMPARE(selected.size(), 1);
    QCOMPARE(selected.first().data().toString(), QStringLiteral("b"));
}

void TestMainWindow::actionsFollowTheSelection()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    const auto enabled = [&fixture](const char* name) { return fixture.find<QAction>(name)->isEnabled(); };
    QVERIFY(!enabled("rescan"));
    QVERIFY(fixture.scan());
    QVERIFY(enabled("rescan"));
    QVERIFY(!enabled("load") && !enabled("unload") && !enabled("cache"));
    fixture.select(QStringLiteral("small"));
    QVERIFY(enabled("load") && !enabled("unload") && enabled("cache"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_VERIFY(enabled("unload"));
    QVERIFY(!enabled("load"));
}

void TestMainWindow::refusedRequestsShowTheBanner()
{
    WindowFixture fixture;
    fixture.bridge().loadModel(QStringLiteral("no such id"), kDevice);
    QTRY_VERIFY(fixture.find<QFrame>("banner")->isVisible());
    QVERIFY(!fixture.find<QLabel>("bannerSentence")->text().isEmpty());
}

void TestMainWindow::shortcutSheetOpensWithoutBlocking()
{
    WindowFixture fixture;
    fixture.press(Qt::Key_F1);
    auto* sheet = fixture.window().findChild<QDialog*>();
    QVERIFY(sheet != nullptr && sheet->isVisible());
    QStringList texts;
    for (const QLabel* label : sheet->findChildren<QLabel*>())
        texts.append(label->text());
    QVERIFY(texts.contains(QStringLiteral("Ctrl+L")));
}

void TestMainWindow::settingsAreChangedAndTakenOn()
{
    WindowFixture fixture;
    const QSignalSpy saved(&fixture.bridge(), &EngineBridge::settingsSaved);
    const auto edit = [&](const auto& change) {
        const QSignalSpy ready(&fixture.bridge(), &EngineBridge::settingsReady);
        fixture.find<QAction>("settings")->trigger();
        fixture.find<QAction>("settings")->trigger(); // one dialog all the same
        QTRY_COMPARE(ready.size(), 2);
        QTRY_VERIFY(fixture.find<QDialog>("settingsDialog"));
        auto* dialog = fixture.find<QDialog>("settingsDialog");
        change(*dialog);
        dialog->findChild<QPushButton*>(QStringLiteral("confirmSettings"))->click();
        QTRY_VERIFY(!fixture.find<QDialog>("settingsDialog"));
    };
    edit([](QDialog& dialog) {
        dialog.findChild<QDoubleSpinBox*>(QStringLiteral("setting_cache_budget_bytes"))->setValue(3);
    });
    QTRY_COMPARE(fixture.memory(QStringLiteral("CACHE")).capacity, engine::kGiB.value * 3);
    QTRY_COMPARE(saved.size(), 1);
    QVERIFY(!fixture.find<QFrame>("banner")->isVisible());
    const QString policy = QStringLiteral("setting_eviction_policy");
    const QString keep = QStringLiteral("setting_pool_keep_seconds");
    edit([&](QDialog& dialog) {
        auto* box = dialog.findChild<QComboBox*>(policy);
        box->setCurrentIndex(box->findData(QStringLiteral("lru")));
        dialog.findChild<QSpinBox*>(keep)->setValue(90);
    });
    QTRY_COMPARE(saved.size(), 2);
    edit([&](QDialog& dialog) {
        QCOMPARE(dialog.findChild<QComboBox*>(policy)->currentData().toString(), QStringLiteral("lru"));
        QCOMPARE(dialog.findChild<QSpinBox*>(keep)->value(), 90);
    });
    edit([](QDialog& dialog) {
        dialog.findChild<QLineEdit*>(QStringLiteral("setting_host_device_bytes"))->setText(QStringLiteral("1"));
    });
    QTRY_VERIFY(fixture.find<QFrame>("banner")->isVisible()); // at the next start
    QCOMPARE(fixture.memory(kDevice).capacity, engine::kGiB.value * 2);
}

/// Files of the fixture are all zeros: two of one size are equal.
void TestMainWindow::saysBeforeALoadWhatIsThereAlready()
{
    WindowFixture fixture;
    fixture.addModel("a", engine::kMiB * 80);
    fixture.addModel("b", engine::kMiB * 80);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("b"));
    const auto* fit = fixture.find<QLabel>("detailFit");
    QTRY_VERIFY(fit->text().startsWith(QStringLiteral("Fits on HOST_0: needs 80.0")));
    fixture.press(Qt::Key_K, Qt::ControlModifier); // b into the cache: its bytes are known then
    QTRY_COMPARE(fixture.lastJob(JobKind::Cache).state, JobState::Succeeded);
    fixture.select(QStringLiteral("a"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(fixture.lastJob(JobKind::Load).state, JobState::Succeeded);
    fixture.select(QStringLiteral("b"));
    QTRY_VERIFY2(fit->text().contains(QStringLiteral("80.0 MiB of it are there already.")), qPrintable(fit->text()));
}

void TestMainWindow::plansAreKeptCarriedOutAndForgotten()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("small"));
    fixture.press(Qt::Key_P, Qt::ControlModifier);
    auto* dialog = fixture.find<QDialog>("preloadDialog");
    QVERIFY(dialog != nullptr);
    const auto button = [&](const char* name) { return dialog->findChild<QPushButton*>(QLatin1String(name)); };
    const auto* plans = dialog->findChild<QListWidget*>();
    QVERIFY(!button("keepPreloadPlan")->isEnabled() && !button("runPreloadPlan")->isEnabled());
    dialog->findChild<QLineEdit*>(QStringLiteral("preloadName"))->setText(QStringLiteral("today"));
    auto* place = dialog->findChild<QComboBox*>(QStringLiteral("preloadPlace"));
    place->setCurrentIndex(place->findData(kDevice));
    button("keepPreloadPlan")->click();
    QTRY_COMPARE(plans->count(), 1);
    QVERIFY2(plans->item(0)->text().startsWith(QStringLiteral("today\n")), qPrintable(plans->item(0)->text()));
    QVERIFY(plans->item(0)->text().endsWith(kDevice));
    button("runPreloadPlan")->click();
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), kLoaded);
    QTRY_VERIFY(fixture.find<QDialog>("preloadDialog") == nullptr);
    fixture.find<QAction>("preloadPlans")->trigger();
    dialog = fixture.find<QDialog>("preloadDialog");
    QVERIFY(dialog != nullptr);
    plans = dialog->findChild<QListWidget*>();
    QTRY_COMPARE(plans->count(), 1);
    button("removePreloadPlan")->click();
    QTRY_COMPARE(plans->count(), 0);
}

void TestMainWindow::everythingHasAName()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    for (const QWidget* widget : fixture.window().findChildren<QWidget*>()) {
        const bool isControl = qobject_cast<const QComboBox*>(widget) != nullptr
            || qobject_cast<const QLineEdit*>(widget) != nullptr
            || qobject_cast<const QAbstractItemView*>(widget) != nullptr
            || widget->objectName().startsWith(QStringLiteral("cancelJob"));
        // The lists of combo boxes and Qt's own parts are named by their owners.
        const bool isOurs =
            isControl && !widget->objectName().isEmpty() && !widget->objectName().startsWith(QStringLiteral("qt_"));
        if (isOurs)
            QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
    }
}

void TestMainWindow::closingDuringALoadLeavesNothing()
{
    // Once before counting: libraries open what they keep.
    {
        const WindowFixture warmUp;
    }
    const auto before = weightroom::test::currentResources();
    {
        WindowFixture fixture;
        fixture.addModel("large", kLarge);
        QVERIFY(fixture.scan());
        fixture.select(QStringLiteral("large"));
        fixture.press(Qt::Key_L, Qt::ControlModifier);
        QTRY_COMPARE(fixture.lastJob(JobKind::Load).state, JobState::Running);
        fixture.window().close();
    }
    VERIFY_NOTHING_LEFT(before);
}

QTEST_MAIN(TestMainWindow)
#include "test_main_window.moc"

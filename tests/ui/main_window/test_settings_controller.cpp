// SPDX-License-Identifier: GPL-3.0-or-later
//
// The settings of the engine, in the real window over a real engine.
#include "tests/support/failing_reads.h"
#include "tests/ui/main_window/window_fixture.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QFrame>
#include <QLineEdit>
#include <QLocale>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::WindowFixture;

namespace {

const QString kDevice = QStringLiteral("HOST_0");

} // namespace

class TestSettingsController : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void settingsAreChangedAndTakenOn();
    void thereIsOneDialog();
    void tellsWhatHasFallenBack();
};

void TestSettingsController::settingsAreChangedAndTakenOn()
{
    WindowFixture fixture;
    const QSignalSpy saved(&fixture.bridge(), &EngineBridge::settingsSaved);
    const auto edit = [&](const auto& change) {
        const QSignalSpy ready(&fixture.bridge(), &EngineBridge::settingsReady);
        fixture.find<QAction>("settings")->trigger();
        QTRY_COMPARE(ready.size(), 1);
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
    const QString memory = QStringLiteral("setting_alert_memory_percent");
    edit([&](QDialog& dialog) {
        auto* box = dialog.findChild<QComboBox*>(policy);
        box->setCurrentIndex(box->findData(QStringLiteral("lru")));
        dialog.findChild<QSpinBox*>(keep)->setValue(90);
        dialog.findChild<QSpinBox*>(memory)->setValue(80);
    });
    QTRY_COMPARE(saved.size(), 2);
    edit([&](QDialog& dialog) {
        QCOMPARE(dialog.findChild<QComboBox*>(policy)->currentData().toString(), QStringLiteral("lru"));
        QCOMPARE(dialog.findChild<QSpinBox*>(keep)->value(), 90);
        QCOMPARE(dialog.findChild<QSpinBox*>(memory)->value(), 80);
    });
    edit([](QDialog& dialog) {
        dialog.findChild<QLineEdit*>(QStringLiteral("setting_host_device_bytes"))->setText(QStringLiteral("1"));
    });
    QTRY_VERIFY(fixture.find<QFrame>("banner")->isVisible()); // at the next start
    QCOMPARE(fixture.memory(kDevice).capacity, engine::kGiB.value * 2);
}

void TestSettingsController::tellsWhatHasFallenBack()
{
    WindowFixture fixture;
    // Three failures are enough to be left alone: each of the files has one at least.
    const QStringList models{QStringLiteral("first"), QStringLiteral("second"), QStringLiteral("third")};
    for (const QString& model : models)
        fixture.addModel(model.toStdString(), engine::kMiB * 16);
    QVERIFY(fixture.scan());
    {
        const weightroom::test::ReadFaults faults{weightroom::test::FailingReads::PastThePageCache};
        for (const QString& model : models) {
            fixture.bridge().cacheModel(fixture.idOf(model));
            QTRY_COMPARE(fixture.lastJob(JobKind::Cache).subject, model);
            QTRY_COMPARE_WITH_TIMEOUT(fixture.lastJob(JobKind::Cache).state, JobState::Succeeded, 20'000);
        }
        if (weightroom::test::ReadFaults::failed() == 0)
            QSKIP("the file system of the temporary folder has no O_DIRECT");
    }
    auto* banner = fixture.find<QFrame>("banner");
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), 20'000);
    const QString sentence = fixture.find<QLabel>("bannerSentence")->text();
    QVERIFY2(sentence.contains(QStringLiteral("Read past the page cache")), qPrintable(sentence));
    QCOMPARE(banner->property("role").toString(), QStringLiteral("warningBanner"));

    fixture.find<QToolButton>("bannerButton")->click();
    QTRY_VERIFY(fixture.find<QDialog>("settingsDialog"));
    auto* dialog = fixture.find<QDialog>("settingsDialog");
    const auto* note = dialog->findChild<QLabel*>(QStringLiteral("fallenBack_direct_io"));
    QVERIFY(note->isVisible());
    QVERIFY2(note->text().contains(QStringLiteral("The disk could not read")), qPrintable(note->text()));
    QVERIFY2(note->text().contains(QStringLiteral("tried again at")), qPrintable(note->text()));
    QVERIFY(!note->visibleRegion().isEmpty()); // it was scrolled to
    QVERIFY(dialog->findChild<QCheckBox*>(QStringLiteral("setting_direct_io"))->isChecked()); // as the user wants it
    QVERIFY(!dialog->findChild<QLabel*>(QStringLiteral("fallenBack_share_contents"))->isVisible());

    // Who wants it tried at once need not wait, nor save anything.
    fixture.bridge().rescan(); // that other things change does not bring the message back
    QVERIFY(!banner->isVisible());
    dialog->findChild<QToolButton*>(QStringLiteral("useAgain_direct_io"))->click();
    QTRY_VERIFY(!note->isVisible());
    QVERIFY(fixture.bridge().library().fallenBack.isEmpty());
    dialog->reject();
}

void TestSettingsController::thereIsOneDialog()
{
    WindowFixture fixture;
    const QSignalSpy ready(&fixture.bridge(), &EngineBridge::settingsReady);
    auto* settings = fixture.find<QAction>("settings");
    settings->trigger();
    settings->trigger(); // before the answer is there
    QTRY_COMPARE(ready.size(), 1);
    QPointer<QDialog> dialog = fixture.find<QDialog>("settingsDialog");
    QVERIFY(dialog && dialog->isVisible());
    settings->trigger(); // while it is open
    QVERIFY(QTest::qWaitForWindowActive(dialog));
    dialog->reject();
    // What is asked later is answered later: nothing comes any more.
    const QSignalSpy plans(&fixture.bridge(), &EngineBridge::preloadPlansReady);
    fixture.bridge().requestPreloadPlans();
    QTRY_COMPARE(plans.size(), 1);
    QTRY_VERIFY(dialog.isNull());
    QCOMPARE(ready.size(), 1);
    QVERIFY(fixture.find<QDialog>("settingsDialog") == nullptr);
    // And it can be opened again at once after it was closed.
    for (int opened = 2; opened < 4; ++opened) {
        settings->trigger();
        QTRY_COMPARE(ready.size(), opened);
        dialog = fixture.find<QDialog>("settingsDialog");
        QVERIFY(dialog && dialog->isVisible());
        dialog->reject();
    }
    QTRY_VERIFY(fixture.find<QDialog>("settingsDialog") == nullptr);
}

QTEST_MAIN(TestSettingsController)
#include "test_settings_controller.moc"

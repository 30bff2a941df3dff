// SPDX-License-Identifier: GPL-3.0-or-later
//
// Preload plans, in the real window over a real engine.
#include "tests/ui/main_window/window_fixture.h"

#include <QAction>
#include <QComboBox>
#include <QDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::WindowFixture;

namespace {

constexpr engine::Bytes kSmall = engine::kMiB * 3;
const QString kDevice = QStringLiteral("HOST_0");
const QString kLoaded = QStringLiteral("Loaded on HOST_0");

} // namespace

class TestPreloadController : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void plansAreKeptCarriedOutAndForgotten();
};

void TestPreloadController::plansAreKeptCarriedOutAndForgotten()
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

QTEST_MAIN(TestPreloadController)
#include "test_preload_controller.moc"

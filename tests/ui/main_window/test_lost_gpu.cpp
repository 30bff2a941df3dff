// SPDX-License-Identifier: GPL-3.0-or-later
//
// A GPU that fails under the real window. It is one of the test double of CUDA's driver.
#include "model_engine/operations/preload/preload_plans.h"
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/support/verify_result.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/pages/activity_panel.h"

#include <QAction>
#include <QLocale>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::FixtureDevice;
using weightroom::test::TemporaryFolder;
using weightroom::test::WindowFixture;

namespace {

constexpr int kIllegalAddress = 700; // CUDA_ERROR_ILLEGAL_ADDRESS

QToolButton* buttonOf(WindowFixture& fixture, const QString& text)
{
    const auto buttons = fixture.window().findChild<ActivityPanel*>()->findChildren<QToolButton*>();
    const auto found = std::ranges::find(buttons, text, &QToolButton::text);
    return found == buttons.end() ? nullptr : *found;
}

} // namespace

class TestLostGpu : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void init() { fake_cuda::fakeCuda().reset({}); }
    void cleanup() { fake_cuda::fakeCuda().endProcess(); }
    void offersARestartThatBringsBackWhatIsLoaded();
};

void TestLostGpu::offersARestartThatBringsBackWhatIsLoaded()
{
    const TemporaryFolder data;
    WindowFixture fixture({.kind = FixtureDevice::Gpu, .dataFolder = data / "data"});
    fixture.addModel("large", engine::kMiB * 9);
    fixture.addModel("small", engine::kMiB * 3);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("small"));
    fixture.find<QAction>("load")->trigger();
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), QStringLiteral("Loaded on GPU_0"));
    fake_cuda::fakeCuda().failCall("cuMemcpyHtoDAsync", 1, kIllegalAddress, fake_cuda::Fault::Sticky);
    fixture.select(QStringLiteral("large"));
    fixture.find<QAction>("load")->trigger();
    QTRY_VERIFY(buttonOf(fixture, QStringLiteral("Restart")));

    QSignalSpy restart(&fixture.window(), &MainWindow::restartWanted);
    buttonOf(fixture, QStringLiteral("Restart"))->click();
    QTRY_COMPARE(restart.count(), 1);
    const auto plan = engine::PreloadPlans(data / "data/preload_plans.json").find(std::string{engine::kRestartPlan});
    VERIFY_RESULT(plan);
    QVERIFY(plan->isUnfinished && !plan->runsAtStart);
    QCOMPARE(plan->entries.size(), 1U);
    QCOMPARE(plan->entries.front().model.text, fixture.idOf(QStringLiteral("small")).toStdString());
    QCOMPARE(plan->entries.front().device.text, std::string{"GPU_0"});
}

QTEST_MAIN(TestLostGpu)
#include "test_lost_gpu.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pages of memory and monitoring with a GPU, which is one of the test doubles of CUDA's driver and of NVML. With
// WEIGHTROOM_TEST_SCREENSHOT, the name of a folder, pictures of them are left there.
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/monitor/watch/fake_gpu_view.h"
#include "tests/support/made_up_host.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/charts/time_chart.h"
#include "ui/pages/memory/memory_page.h"
#include "ui/pages/monitor/history_board.h"
#include "ui/pages/monitor/monitor_page.h"
#include "ui/widgets/memory/gpu_figure_list.h"
#include "ui/widgets/treemap/treemap.h"

#include <QAction>
#include <QLocale>
#include <QTest>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::FakeGpuView;
using weightroom::test::FixtureDevice;
using weightroom::test::FixtureOptions;
using weightroom::test::TemporaryFolder;
using weightroom::test::WindowFixture;

namespace {

constexpr int kSoon = 10'000;
constexpr unsigned kOther = 4711;
constexpr int kNotSupported = 3; // NVML_ERROR_NOT_SUPPORTED
const std::string kUuid = "GPU-a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0"; // of the fake driver's first

/// A machine with one GPU, on which another program has memory.
class Rig {
public:
    /// The GPU does not answer this question.
    explicit Rig(const std::string& unanswered = {})
    {
        fake_cuda::fakeCuda().reset(m_machine);
        isReady = view.play(kUuid);
        if (!unanswered.empty())
            fake_nvml::fakeNvml().refuse(unanswered, kNotSupported);
        view.update(m_machine, kOther, engine::kMiB * 150);
        folder.write("proc/4711/cmdline", std::string{"/opt/blender/blender\0", 21});
        window.emplace(options());
    }
    ~Rig()
    {
        window.reset();
        fake_cuda::fakeCuda().endProcess();
    }
    /// What the driver has given out since is seen by NVML.
    void update() { view.update(m_machine, kOther, engine::kMiB * 150); }
    [[nodiscard]] const TreemapTile* tile(const QString& label)
    {
        const QList<TreemapTile>& tiles = memoryPage().treemap()->tiles();
        const auto found = std::ranges::find(tiles, label, &TreemapTile::label);
        return found == tiles.end() ? nullptr : &*found;
    }
    [[nodiscard]] MemoryPage& memoryPage() { return *window->find<MemoryPage>("memoryPage"); }
    [[nodiscard]] MonitorPage& monitorPage() { return *window->find<MonitorPage>("monitorPage"); }
    /// The value of a figure of the GPU, as it is shown.
    [[nodiscard]] QString figure(const QString& name)
    {
        const auto labels = memoryPage().findChild<GpuFigureList*>()->findChildren<QLabel*>();
        const auto found = std::ranges::find(labels, name, &QLabel::text);
        return found == labels.end() || found + 1 == labels.end() ? QString() : (*(found + 1))->text();
    }
    void picture(const QString& name)
    {
        const QString pictures = qEnvironmentVariable("WEIGHTROOM_TEST_SCREENSHOT");
        if (pictures.isEmpty())
            return;
        window->window().resize(1280, 800);
        (void)QTest::qWaitFor([] { return false; }, 200); // until all is laid out
        QVERIFY(window->window().grab().save(pictures + QLatin1Char('/') + name + QStringLiteral(".png")));
    }

    TemporaryFolder folder;
    FakeGpuView view;
    std::optional<WindowFixture> window;
    bool isReady = false;

private:
    [[nodiscard]] FixtureOptions options() const
    {
        engine::MonitorOptions monitoring{.host = test::madeUpHost(folder / "host")};
        monitoring.devices.nvmlLibrary = fake_nvml::libraryPath();
        monitoring.devices.processes = folder / "proc";
        monitoring.devices.pciDevices = folder / "pci";
        monitoring.period = std::chrono::milliseconds{20};
        return {.kind = FixtureDevice::Gpu, .monitoring = monitoring, .dataFolder = folder / "data"};
    }

    fake_cuda::Machine m_machine{.foreignUse = (engine::kMiB * 200).value};
};

} // namespace

class TestGpuPages : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsWhoHasWhatOnAGpu();
    void drawsWhatAGpuSaysAndNotWhatItDoesNot();
    void saysHowOldTheFiguresOfARestingGpuAre();
    void leavesASleepingGpuAlone();
};

void TestGpuPages::showsWhoHasWhatOnAGpu()
{
    Rig rig;
    QVERIFY(rig.isReady);
    rig.window->addModel("small", engine::kMiB * 300);
    QVERIFY(rig.window->scan());
    rig.window->select(QStringLiteral("small"));
    rig.window->find<QAction>("load")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(rig.window->state(QStringLiteral("small")), QStringLiteral("Loaded on GPU_0"), kSoon);
    rig.update();
    rig.window->find<QAction>("pageMemory")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(rig.memoryPage().currentId(), QStringLiteral("GPU_0"), kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("small")) != nullptr, kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(rig.tile(QStringLiteral("blender (process 4711)")) != nullptr, kSoon);
    const auto* programs = rig.window->find<QTableView>("processTable")->model();
    QTRY_VERIFY_WITH_TIMEOUT(
        !programs->match(programs->index(0, 0), Qt::DisplayRole, QStringLiteral("blender"), 1, Qt::MatchContains)
             .isEmpty(),
        kSoon);
    QCOMPARE(rig.figure(QStringLiteral("Temperature")), QStringLiteral("37 °C, slows down at 89 °C"));
    rig.picture(QStringLiteral("gpu_memory"));
}

void TestGpuPages::drawsWhatAGpuSaysAndNotWhatItDoesNot()
{
    Rig rig{"nvmlDeviceGetPowerUsage"};
    QVERIFY(rig.isReady);
    rig.window->find<QAction>("pageMonitor")->trigger();
    HistoryBoard* board = rig.monitorPage().history();
    QTRY_COMPARE_WITH_TIMEOUT(board->chartCount(), 9, kSoon);
    const auto chart = [&](const QString& name) {
        for (int place = 0; place < board->chartCount(); ++place) {
            if (board->chart(place)->accessibleName() == name)
                return board->chart(place);
        }
        return static_cast<TimeChart*>(nullptr);
    };
    TimeChart* temperature = chart(QStringLiteral("Temperature"));
    TimeChart* power = chart(QStringLiteral("Power"));
    QVERIFY(temperature != nullptr && power != nullptr);
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            temperature->showCrosshair(temperature->visibleSpan().to);
            return temperature->readoutText().contains(QStringLiteral("37"));
        }(),
        kSoon);
    power->showCrosshair(power->visibleSpan().to);
    QVERIFY2(!power->readoutText().contains(QStringLiteral("W")), qPrintable(power->readoutText())); // no value, not 0
    rig.picture(QStringLiteral("gpu_monitor"));
}

void TestGpuPages::saysHowOldTheFiguresOfARestingGpuAre()
{
    Rig rig;
    QVERIFY(rig.isReady);
    rig.window->find<QAction>("pageMemory")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(
        rig.figure(QStringLiteral("Temperature")), QStringLiteral("37 °C, slows down at 89 °C"), kSoon);
    const auto* age = rig.memoryPage().findChild<QLabel*>(QStringLiteral("ageOfReading"));
    QVERIFY(!age->isVisible()); // one that is never to sleep
    fake_nvml::fakeNvml().set("nvmlDeviceGetUtilizationRates", "gpu", 0);
    rig.folder.write("pci/0000:00:06.0/power/runtime_status", "active\n");
    rig.folder.write("pci/0000:00:06.0/power/control", "auto\n");
    QTRY_VERIFY_WITH_TIMEOUT(age->isVisible(), kSoon);
    QVERIFY2(age->text().startsWith(QStringLiteral("As of ")), qPrintable(age->text()));
    QCOMPARE(rig.figure(QStringLiteral("Temperature")), QStringLiteral("37 °C, slows down at 89 °C"));
    rig.picture(QStringLiteral("gpu_resting"));
}

void TestGpuPages::leavesASleepingGpuAlone()
{
    Rig rig;
    QVERIFY(rig.isReady);
    rig.window->find<QAction>("pageMemory")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(
        rig.figure(QStringLiteral("Temperature")), QStringLiteral("37 °C, slows down at 89 °C"), kSoon);
    rig.folder.write("pci/0000:00:06.0/power/runtime_status", "suspended\n");
    const auto says = [&] {
        const auto labels = rig.memoryPage().findChildren<QLabel*>();
        return std::ranges::any_of(labels, [](const QLabel* label) {
            return label->isVisible() && label->text().startsWith(QStringLiteral("It sleeps"));
        });
    };
    QTRY_VERIFY_WITH_TIMEOUT(says(), kSoon);
    rig.picture(QStringLiteral("gpu_asleep"));
}

QTEST_MAIN(TestGpuPages)
#include "test_gpu_pages.moc"

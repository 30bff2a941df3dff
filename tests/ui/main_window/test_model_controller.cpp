// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a user does with models, in the real window over a real engine: from loading to an empty device.
#include "tests/support/resource_check.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/widgets/job_strip.h"
#include "ui/widgets/memory/memory_card.h"
#include "ui/widgets/memory/memory_gauge.h"

#include <QAction>
#include <QFrame>
#include <QLocale>
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
const QString kUnloadAdvice = QStringLiteral("Unload a model that is not needed.");

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

QToolButton* cancelButton(WindowFixture& fixture, quint64 jobNumber)
{
    const QList<JobStrip*> strips = fixture.window().findChildren<JobStrip*>();
    const auto strip = std::ranges::find(strips, jobNumber, [](const JobStrip* one) { return one->job().number; });
    return strip == strips.end() ? nullptr : (*strip)->findChild<QToolButton*>(QStringLiteral("cancelJob"));
}

} // namespace

class TestModelController : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void loadsAndUnloads();
    void cachesAndDrops();
    void doubleClickLoads();
    void cancelledLoadLeavesNothing();
    void tooLargeForTheDevice();
    void tooLargeBesideAnother();
    void saysBeforeALoadWhatIsThereAlready();
    void actionsFollowTheSelection();
    void closingDuringALoadLeavesNothing();
};

void TestModelController::loadsAndUnloads()
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

void TestModelController::cachesAndDrops()
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

void TestModelController::doubleClickLoads()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("small"));
    const QPoint row = fixture.table().visualRect(fixture.table().currentIndex()).center();
    QTest::mouseDClick(fixture.table().viewport(), Qt::LeftButton, {}, row);
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), kLoaded);
}

void TestModelController::cancelledLoadLeavesNothing()
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

void TestModelController::tooLargeForTheDevice()
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
    QVERIFY(!fixture.lastJob(JobKind::Load).error->advice.contains(kUnloadAdvice)); // there is nothing
}

void TestModelController::tooLargeBesideAnother()
{
    WindowFixture fixture({.device = engine::kMiB * 8});
    fixture.addModel("small", kSmall);
    fixture.addModel("other", kSmall * 2);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("small"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), kLoaded);
    fixture.select(QStringLiteral("other"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(fixture.lastJob(JobKind::Load).state, JobState::Failed);
    QVERIFY(fixture.lastJob(JobKind::Load).error->advice.contains(kUnloadAdvice));
}

void TestModelController::saysBeforeALoadWhatIsThereAlready()
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

void TestModelController::actionsFollowTheSelection()
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

void TestModelController::closingDuringALoadLeavesNothing()
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

QTEST_MAIN(TestModelController)
#include "test_model_controller.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
//
// The first start: add a folder, make the sample library, or neither.
#include "tests/ui/main_window/window_fixture.h"

#include <QPushButton>
#include <QTest>

using namespace weightroom::ui;
using weightroom::test::WindowFixture;

namespace {

void click(WindowFixture& fixture, const char* button)
{
    QTest::mouseClick(fixture.find<QPushButton>(button), Qt::LeftButton);
}

} // namespace

class TestWelcome : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void addsAFolder();
    void makesTheSampleLibrary();
    void canBeSkipped();
    void aDismissedQuestionChangesNothing();
};

void TestWelcome::addsAFolder()
{
    WindowFixture fixture;
    fixture.addModel("small", weightroom::engine::kMiB);
    QVERIFY(fixture.find<QWidget>("welcomePage")->isVisible());
    fixture.prompts().answerNext(fixture.folder());
    click(fixture, "welcomeAddFolder");
    QTRY_COMPARE(fixture.table().model()->rowCount(), 1);
    QVERIFY(!fixture.find<QWidget>("welcomePage")->isVisible());
    QVERIFY(fixture.table().isVisible());
}

void TestWelcome::makesTheSampleLibrary()
{
    WindowFixture fixture;
    fixture.prompts().answerNext(fixture.folder());
    click(fixture, "welcomeSamples");
    QTRY_VERIFY_WITH_TIMEOUT(fixture.lastJob(JobKind::MakeSamples).isFinished(), 60'000);
    QCOMPARE(fixture.lastJob(JobKind::MakeSamples).state, JobState::Succeeded);
    QTRY_VERIFY(fixture.table().model()->rowCount() >= 7);
    QCOMPARE(fixture.bridge().library().folders.first().path, fixture.folder() + "/weightroom-samples");
    for (const ModelRow& row : fixture.bridge().library().models)
        QVERIFY2(row.isUsable() && row.facts->kind != ModelKind::Unknown, qPrintable(row.facts->name));
}

void TestWelcome::canBeSkipped()
{
    WindowFixture fixture;
    click(fixture, "welcomeLater");
    QVERIFY(!fixture.find<QWidget>("welcomePage")->isVisible());
}

void TestWelcome::aDismissedQuestionChangesNothing()
{
    WindowFixture fixture;
    click(fixture, "welcomeAddFolder");
    QCOMPARE(fixture.prompts().questions(), 1);
    QVERIFY(fixture.find<QWidget>("welcomePage")->isVisible());
    QVERIFY(fixture.bridge().jobs().isEmpty());
}

QTEST_MAIN(TestWelcome)
#include "test_welcome.moc"

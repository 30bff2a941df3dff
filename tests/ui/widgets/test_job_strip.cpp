// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/job_strip.h"

#include <QLabel>
#include <QProgressBar>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace weightroom::ui;

namespace {

JobView job(JobState state)
{
    JobView view;
    view.number = 5;
    view.kind = JobKind::Load;
    view.state = state;
    view.subject = QStringLiteral("sdxl");
    view.modelId = QStringLiteral("id");
    view.done = 1;
    view.total = 4;
    return view;
}

JobView failedJob()
{
    JobView view = job(JobState::Failed);
    view.error = ErrorView{
        .sentence = QStringLiteral("It did not fit."),
        .advice = {QStringLiteral("Unload a model.")},
        .actions = {ErrorAction::TryAgain, ErrorAction::FreeCache},
        .detail = QStringLiteral("<b>detail</b>"),
        .modelId = view.modelId,
    };
    return view;
}

QList<QToolButton*> actionButtons(const JobStrip& strip)
{
    QList<QToolButton*> buttons = strip.findChildren<QToolButton*>();
    buttons.removeIf([](const QToolButton* button) { return button->text().isEmpty(); });
    return buttons;
}

} // namespace

class TestJobStrip : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRunningJobCanBeCancelled();
    void anUnknownTotalIsBusy();
    void aFailureSaysWhyAndWhatHelps();
    void whatHasEndedCannotBeCancelled();
};

void TestJobStrip::aRunningJobCanBeCancelled()
{
    JobStrip strip(job(JobState::Running));
    strip.show();
    auto* progress = strip.findChild<QProgressBar*>();
    QVERIFY(progress->isVisible());
    QCOMPARE(progress->value(), 25);
    QSignalSpy cancelled(&strip, &JobStrip::cancelRequested);
    strip.findChild<QToolButton*>(QStringLiteral("cancelJob"))->click();
    QCOMPARE(cancelled.count(), 1);
    QCOMPARE(cancelled.first().first().toULongLong(), quint64{5});
}

void TestJobStrip::anUnknownTotalIsBusy()
{
    JobView view = job(JobState::Running);
    view.total = 0;
    JobStrip strip(view);
    QCOMPARE(strip.findChild<QProgressBar*>()->maximum(), 0);
    strip.setJob(job(JobState::Running));
    QCOMPARE(strip.findChild<QProgressBar*>()->maximum(), 100);
}

void TestJobStrip::aFailureSaysWhyAndWhatHelps()
{
    JobStrip strip(job(JobState::Running));
    strip.show();
    strip.setJob(failedJob());
    QCOMPARE(strip.findChild<QLabel*>(QStringLiteral("jobDetail"))->text(), QStringLiteral("It did not fit."));
    QVERIFY(!strip.toolTip().contains(QStringLiteral("<b>")));
    const QList<QToolButton*> buttons = actionButtons(strip);
    QCOMPARE(buttons.size(), 2);
    QSignalSpy requested(&strip, &JobStrip::actionRequested);
    buttons.last()->click();
    QCOMPARE(requested.count(), 1);
    QCOMPARE(requested.first().first().value<ErrorAction>(), ErrorAction::FreeCache);
}

void TestJobStrip::whatHasEndedCannotBeCancelled()
{
    JobStrip strip(job(JobState::Running));
    strip.show();
    strip.setJob(job(JobState::Succeeded));
    QVERIFY(!strip.findChild<QToolButton*>(QStringLiteral("cancelJob"))->isVisible());
    QVERIFY(!strip.findChild<QProgressBar*>()->isVisible());
}

QTEST_MAIN(TestJobStrip)
#include "test_job_strip.moc"

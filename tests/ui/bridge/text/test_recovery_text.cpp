// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/jobs/job_json.h"
#include "ui/bridge/conversion/view_conversion.h"
#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/recovery_text.h"

#include <QLocale>
#include <QTest>

#include <vector>

using namespace weightroom;
using namespace weightroom::ui;
using engine::RecoveryAction;
using Steps = std::vector<engine::RecoveryStep>;

class TestRecoveryText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void saysWhatHelped_data();
    void saysWhatHelped();
    void saysWhatWasTried_data();
    void saysWhatWasTried();
    void jobsSayIt();
    void errorsSayIt();
};

void TestRecoveryText::saysWhatHelped_data()
{
    QTest::addColumn<Steps>("steps");
    QTest::addColumn<QString>("text");
    const engine::RecoveryStep again{RecoveryAction::TryAgain};
    QTest::newRow("nothing was needed") << Steps{} << QString();
    QTest::newRow("only again") << Steps{again} << QStringLiteral("at the second attempt");
    QTest::newRow("memory") << Steps{{RecoveryAction::TrimPools, engine::kGiB},
        {RecoveryAction::EvictCache, engine::kGiB}, again}
                            << QStringLiteral("after 2.00 GiB had been freed");
    QTest::newRow("precision") << Steps{{RecoveryAction::LowerPrecision, engine::kGiB}, again}
                               << QStringLiteral("in a lower precision, for lack of memory");
    QTest::newRow("disk") << Steps{{RecoveryAction::RereadFiles}, again}
                          << QStringLiteral("read once more, because the disk had failed");
}

void TestRecoveryText::saysWhatHelped()
{
    QFETCH(Steps, steps);
    QTEST(recoveredText(steps), "text");
}

void TestRecoveryText::saysWhatWasTried_data()
{
    QTest::addColumn<Steps>("steps");
    QTest::addColumn<QString>("text");
    const engine::RecoveryStep again{RecoveryAction::TryAgain};
    QTest::newRow("nothing") << Steps{} << QString();
    QTest::newRow("nothing to free") << Steps{{RecoveryAction::TrimPools}}
                                     << QStringLiteral("Nothing was found that could be freed by itself.");
    QTest::newRow("too little") << Steps{{RecoveryAction::EvictCache, engine::kGiB}}
                                << QStringLiteral("1.00 GiB were freed by themselves, which is not enough.");
    QTest::newRow("only again") << Steps{again} << QStringLiteral("It was tried once more, and that failed too.");
    QTest::newRow("memory") << Steps{{RecoveryAction::CompactMemory, engine::kGiB}, again}
                            << QStringLiteral("It was tried once more, after 1.00 GiB had been freed.");
    QTest::newRow("precision") << Steps{{RecoveryAction::LowerPrecision, engine::kGiB}, again}
                               << QStringLiteral("It was tried once more in a lower precision, and that failed too.");
    QTest::newRow("disk") << Steps{{RecoveryAction::RereadFiles}, again}
                          << QStringLiteral("It was read once more, and that failed too.");
}

void TestRecoveryText::saysWhatWasTried()
{
    QFETCH(Steps, steps);
    QTEST(triedText(steps), "text");
}

void TestRecoveryText::jobsSayIt()
{
    engine::JobSnapshot job;
    job.state = engine::JobState::Succeeded;
    job.result = {{"recovery", nullptr}};
    QVERIFY(jobView(job).recovered.isEmpty());
    job.result = {{"recovery", {{"steps", toJson(Steps{{RecoveryAction::TryAgain}})}}}};
    QCOMPARE(jobView(job).recovered, QStringLiteral("at the second attempt"));
    job.phase = engine::JobPhase::Recovering;
    QCOMPARE(jobView(job).phase, JobPhase::Recovering);
}

void TestRecoveryText::errorsSayIt()
{
    engine::Error error{engine::ErrorCode::OutOfCacheBudget, "no room"};
    const ErrorView before = errorView(error);
    QVERIFY(before.tried.isEmpty());
    QCOMPARE(before.help(), before.advice.join(QLatin1Char(' ')));
    error.context.tried = {{RecoveryAction::TryAgain}};
    const ErrorView view = errorView(error);
    QCOMPARE(view.advice, before.advice);
    QVERIFY(view.help().startsWith(QStringLiteral("It was tried once more, and that failed too. ")));
    QVERIFY(view.help().endsWith(view.advice.last()));
    QVERIFY(view.detail.contains(QStringLiteral("tried try_again")));
}

QTEST_GUILESS_MAIN(TestRecoveryText)
#include "test_recovery_text.moc"

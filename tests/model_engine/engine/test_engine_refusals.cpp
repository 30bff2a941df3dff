// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/recovery_rig.h"
#include "tests/support/failing_reads.h"
#include "tests/support/short_memory.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <new>

using namespace weightroom::engine;
using namespace weightroom::test;

/// What a load does by itself after the system has refused memory or a read, before it is tried once more (E3, C7).
class TestEngineRefusals : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesBackWhatNobodyUses();
    void sparesWhatItNeedsItself();
    void triesAgainWhatTheHeapRefused_data();
    void triesAgainWhatTheHeapRefused();
    void triesOnlyOnceMoreWhatTheHeapRefuses();
    void readsAgainWhatTheDiskRefused();
    void readsOnlyOnceMore();
    void doesNotHelpWhereNothingCan_data();
    void doesNotHelpWhereNothingCan();
};

void TestEngineRefusals::givesBackWhatNobodyUses()
{
    RecoveryRig rig;
    rig.write("unused", kMiB * 12);
    rig.write("wanted", kMiB * 10);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.cache("unused"));
    const ShortMemory memory{(kMiB * 14).value}; // the device's part and the cache's are 20 MiB
    const auto loaded = rig.load(rig.idOf("wanted"), {{"device_id", "HOST_0"}, {"verify", true}});
    QVERIFY(ShortMemory::refused() > 0);
    QCOMPARE(recoveredBy(loaded), std::string{"trim_pools evict_cache try_again"});
    QCOMPARE(loaded->at("recovery").at("failed_with").at("code").get<std::string>(), std::string{"out_of_host_memory"});
    QVERIFY(freedBy(*loaded, "evict_cache") >= (kMiB * 12).value);
    QCOMPARE(rig.engine().snapshot()->cache.owners.size(), 1U);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRefusals::sparesWhatItNeedsItself()
{
    RecoveryRig rig;
    rig.write("wanted", kMiB * 10);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.cache("wanted"));
    const ShortMemory memory{(kMiB * 4).value};
    const auto failed = rig.load(rig.idOf("wanted"), {{"device_id", "HOST_0"}});
    VERIFY_ERROR(failed, ErrorCode::OutOfHostMemory);
    QCOMPARE(triedBefore(failed), std::string{"trim_pools evict_cache"});
    QCOMPARE(rig.engine().snapshot()->cache.owners.size(), 1U);
    QCOMPARE(rig.heldByDevice("HOST_0"), Bytes{});
}

void TestEngineRefusals::triesAgainWhatTheHeapRefused_data()
{
    QTest::addColumn<JobPhase>("phase");
    QTest::addColumn<QByteArray>("actions");
    QTest::newRow("planning") << JobPhase::Planning << QByteArray{"trim_pools try_again"};
    // Here it is known what the load will need besides.
    QTest::newRow("taking memory") << JobPhase::TakingMemory << QByteArray{"trim_pools evict_cache try_again"};
    QTest::newRow("reading") << JobPhase::Reading << QByteArray{"trim_pools try_again"};
    QTest::newRow("verifying") << JobPhase::Verifying << QByteArray{"trim_pools try_again"};
    QTest::newRow("committing") << JobPhase::Committing << QByteArray{"trim_pools try_again"};
}

void TestEngineRefusals::triesAgainWhatTheHeapRefused()
{
    QFETCH(JobPhase, phase);
    QFETCH(QByteArray, actions);
    RecoveryRig rig;
    rig.write("first", kMiB * 3);
    VERIFY_RESULT(rig.scan());
    bool hasThrown = false;
    rig.onJob = [&](const JobSnapshot& job) { // on the job's thread, in the middle of its work
        if (job.phase == phase && !std::exchange(hasThrown, true))
            throw std::bad_alloc{};
    };
    const auto loaded = rig.load(rig.idOf("first"), {{"device_id", "HOST_0"}, {"verify", true}});
    QVERIFY(hasThrown);
    QCOMPARE(recoveredBy(loaded), actions.toStdString());
    const Json& failure = loaded->at("recovery").at("failed_with");
    QCOMPARE(failure.at("code").get<std::string>(), std::string{"out_of_host_memory"});
    QCOMPARE(failure.at("model_id").get<std::string>(), rig.idOf("first"));
    QVERIFY(rig.heldByDevice("HOST_0") >= kMiB * 3);
    QVERIFY(!rig.engine().snapshot()->models.front().isLoading());
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRefusals::triesOnlyOnceMoreWhatTheHeapRefuses()
{
    RecoveryRig rig;
    rig.write("first", kMiB * 3);
    VERIFY_RESULT(rig.scan());
    int attempts = 0;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.phase != JobPhase::Reading || job.isFinished())
            return;
        ++attempts;
        throw std::bad_alloc{};
    };
    const auto failed = rig.load(rig.idOf("first"), {{"device_id", "HOST_0"}});
    VERIFY_ERROR(failed, ErrorCode::OutOfHostMemory);
    QCOMPARE(attempts, 2);
    QCOMPARE(triedBefore(failed), std::string{"trim_pools try_again"});
    QCOMPARE(failed.error().context.modelId.text, rig.idOf("first"));
    QCOMPARE(rig.heldByDevice("HOST_0"), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
    rig.onJob = {};
    VERIFY_RESULT(rig.load(rig.idOf("first"), {{"device_id", "HOST_0"}, {"verify", true}}));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRefusals::readsAgainWhatTheDiskRefused()
{
    RecoveryRig rig;
    rig.write("first", kMiB * 12);
    VERIFY_RESULT(rig.scan());
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.description.operation == "post_model_load" && job.isFinished()) {
            done = job.unitsDone;
            total = job.unitsTotal;
        }
    };
    const ReadFaults faults{FailingReads::All, 1};
    const auto loaded = rig.load(rig.idOf("first"), {{"device_id", "HOST_0"}, {"verify", true}});
    QCOMPARE(ReadFaults::failed(), 1U);
    QCOMPARE(recoveredBy(loaded), std::string{"reread_files try_again"});
    QCOMPARE(loaded->at("recovery").at("failed_with").at("code").get<std::string>(), std::string{"io_error"});
    QVERIFY(total > 0);
    QCOMPARE(done, total); // what was read twice counts once
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRefusals::readsOnlyOnceMore()
{
    RecoveryRig rig;
    rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    const ReadFaults faults{FailingReads::All};
    const auto failed = rig.cache("first");
    VERIFY_ERROR(failed, ErrorCode::IoError);
    QCOMPARE(triedBefore(failed), std::string{"reread_files try_again"});
    QVERIFY(failed.error().context.path.ends_with("first.safetensors"));
    QCOMPARE(rig.heldInCache(), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRefusals::doesNotHelpWhereNothingCan_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("larger than the cache") << "huge" << ErrorCode::OutOfCacheBudget;
    QTest::newRow("changed since the scan") << "changed" << ErrorCode::FileChanged;
    QTest::newRow("removed since the scan") << "removed" << ErrorCode::NotFound;
}

void TestEngineRefusals::doesNotHelpWhereNothingCan()
{
    QFETCH(QString, model);
    QFETCH(ErrorCode, expected);
    RecoveryRig rig;
    rig.settings.cacheBudget = kMiB * 8;
    rig.write("huge", kMiB * 9);
    const auto changed = rig.write("changed", kMiB);
    const auto removed = rig.write("removed", kMiB);
    rig.write("cached", kMiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf(model.toStdString());
    VERIFY_RESULT(rig.cache("cached"));
    rig.write("changed", kMiB * 2);
    std::filesystem::remove(removed);
    bool hasTried = false;
    rig.onJob = [&](const JobSnapshot& job) { hasTried = hasTried || job.phase == JobPhase::Recovering; };
    const auto failed = rig.call("model.post_model_cache", {{"model_id", id}});
    VERIFY_ERROR(failed, expected);
    QCOMPARE(triedBefore(failed), std::string{});
    QCOMPARE(hasTried, expected == ErrorCode::OutOfCacheBudget); // it was looked whether something helps
    QCOMPARE(rig.engine().snapshot()->cache.owners.size(), 1U);
}

QTEST_APPLESS_MAIN(TestEngineRefusals)
#include "test_engine_refusals.moc"

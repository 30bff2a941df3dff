// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cmath>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

class RecordRig : public EngineRig {
public:
    using EngineRig::EngineRig;

    /// The newest record; null when there is none.
    [[nodiscard]] Json newest()
    {
        const auto answer = call("model.get_model_load_records", {{"limit", 1}});
        return answer && !answer->at("records").empty() ? answer->at("records").at(0) : Json();
    }
    /// What the memories themselves say, with alignment.
    [[nodiscard]] Bytes onDevice() { return engine().snapshot()->devices.at(0).memory.ours.allocated; }
    [[nodiscard]] Bytes inCache() { return engine().snapshot()->cache.memory.allocated; }
};

/// What a load must hold to: bytes that are measured are those that the memories have got, and those foretold are
/// within two percent of them.
void checkBytes(RecordRig& rig, const std::string& name, const Json& fields = Json::object())
{
    const Bytes deviceBefore = rig.onDevice();
    const Bytes cacheBefore = rig.inCache();
    const auto answer = rig.load(rig.idOf(name), fields);
    VERIFY_RESULT(answer);
    const Json record = rig.newest();
    QVERIFY(!record.is_null());
    const Json& measured = record.at("measured");
    QCOMPARE(measured.at("device_bytes").get<std::uint64_t>(), (rig.onDevice() - deviceBefore).value);
    QCOMPARE(measured.at("cache_bytes").get<std::uint64_t>(), (rig.inCache() - cacheBefore).value);
    for (const char* memory : {"device_bytes", "cache_bytes"}) {
        const double error = record.at("error_percent").at(memory).get<double>();
        QVERIFY2(std::abs(error) <= 2, record.dump().c_str());
    }
    QVERIFY(answer->at("predicted") == record.at("predicted"));
}

} // namespace

/// What loads were predicted to take is kept with what they took.
class TestEngineLoadRecords : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void holdsForAFirstLoad();
    void holdsForACachedLoad();
    void holdsForASharedLoad();
    void holdsForALoadThatIsThereAlready();
    void holdsForTheCacheAlone();
    void comparesTheTimesOnceSomethingIsKnown();
    void keepsNoLoadThatFailed();
    void showsThoseOfOneModel();
};

void TestEngineLoadRecords::holdsForAFirstLoad()
{
    RecordRig rig;
    rig.write("hat", kMiB * 8 + Bytes{100});
    VERIFY_RESULT(rig.scan());
    checkBytes(rig, "hat");
    const Json record = rig.newest();
    QVERIFY(record.at("measured").at("device_bytes").get<std::uint64_t>() > kMiB.value * 8);
    QVERIFY(record.at("measured").at("cache_bytes").get<std::uint64_t>() > kMiB.value * 8);
    QVERIFY(record.at("measured").at("total_seconds").get<double>() > 0);
    QVERIFY(record.at("predicted").at("total_seconds").is_null()); // nothing was loaded before
    QVERIFY(record.at("error_percent").at("total_seconds").is_null());
    QCOMPARE(record.at("device_id").get<std::string>(), std::string{"HOST_0"});
}

void TestEngineLoadRecords::holdsForACachedLoad()
{
    RecordRig rig;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("hat")}}));
    checkBytes(rig, "hat");
    const Json record = rig.newest();
    QCOMPARE(record.at("measured").at("cache_bytes").get<int>(), 0);
    QCOMPARE(record.at("error_percent").at("cache_bytes").get<double>(), 0.0);
}

void TestEngineLoadRecords::holdsForASharedLoad()
{
    RecordRig rig;
    const auto file = rig.write("hat", kMiB * 8);
    std::filesystem::copy_file(file, rig.folder / "models/copy.safetensors");
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("copy")}})); // its contents are known now
    checkBytes(rig, "copy");
    QCOMPARE(rig.newest().at("measured").at("device_bytes").get<int>(), 0);
}

void TestEngineLoadRecords::holdsForALoadThatIsThereAlready()
{
    RecordRig rig;
    rig.write("hat", kMiB);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    checkBytes(rig, "hat");
    QCOMPARE(rig.newest().at("measured").at("device_bytes").get<int>(), 0);
}

void TestEngineLoadRecords::holdsForTheCacheAlone()
{
    RecordRig rig;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call("model.post_model_cache", {{"model_id", rig.idOf("hat")}});
    VERIFY_RESULT(answer);
    const Json record = rig.newest();
    QCOMPARE(record.at("device_id").get<std::string>(), std::string{"cache"});
    QCOMPARE(record.at("measured").at("cache_bytes").get<std::uint64_t>(), rig.inCache().value);
    QCOMPARE(record.at("error_percent").at("cache_bytes").get<double>(), 0.0);
    QCOMPARE(record.at("predicted").at("device_bytes").get<int>(), 0);
    QVERIFY(answer->at("predicted") == record.at("predicted"));
}

void TestEngineLoadRecords::comparesTheTimesOnceSomethingIsKnown()
{
    RecordRig rig{{kMiB * 256}};
    rig.settings.cacheBudget = kMiB * 512;
    rig.write("hat", kMiB * 80);
    rig.write("cap", kMiB * 80);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    VERIFY_RESULT(rig.load(rig.idOf("cap")));
    const Json record = rig.newest();
    QVERIFY(record.at("predicted").at("copy_seconds").get<double>() > 0);
    QVERIFY(record.at("error_percent").at("copy_seconds").is_number());
}

void TestEngineLoadRecords::keepsNoLoadThatFailed()
{
    RecordRig rig;
    const auto file = rig.write("hat", kMiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("hat");
    std::filesystem::remove(file);
    QVERIFY(!rig.load(id));
    QVERIFY(rig.newest().is_null());
}

void TestEngineLoadRecords::showsThoseOfOneModel()
{
    RecordRig rig;
    rig.write("hat", kKiB);
    rig.write("cap", kKiB);
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"hat", "cap", "hat", "cap"})
        VERIFY_RESULT(rig.load(rig.idOf(name)));
    const auto all = rig.call("model.get_model_load_records");
    VERIFY_RESULT(all);
    QCOMPARE(all->at("records").size(), std::size_t{4});
    QCOMPARE(all->at("records").at(0).at("model_id").get<std::string>(), rig.idOf("cap")); // the newest first
    const auto some = rig.call("model.get_model_load_records", {{"model_id", rig.idOf("hat")}});
    VERIFY_RESULT(some);
    QCOMPARE(some->at("records").size(), std::size_t{2});
}

QTEST_APPLESS_MAIN(TestEngineLoadRecords)
#include "test_engine_load_records.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/lease_rig.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

/// Weights that are offered to programs by what they use them for (S1).
class TestEngineDomains : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void sharesWithTheConsumersOfADomain();
    void sharesOnceWithEach();
    void refusesNamesThatNobodyCouldRead();
    void sharesNothingWhileItIsSwitchedOff();

private:
    ResourceUse m_before;
};

void TestEngineDomains::sharesWithTheConsumersOfADomain()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower comfy{rig.place};
    Borrower upscaler{rig.place};
    (void)comfy.call("sharing.post_consumer_register", {{"name", "ComfyUI"}, {"domains", {"inference"}}});
    (void)upscaler.call("sharing.post_consumer_register", {{"domains", {"inference", "postprocessing"}}});
    const auto shared = rig.call("model.post_model_share",
        {{"model_id", rig.idOf("hat")}, {"domains", {"inference", "postprocessing", "processing"}}});
    VERIFY_RESULT(shared);
    QCOMPARE(shared->at("shared_domains").size(), 2U);
    QVERIFY(shared->at("shared_domains").at(0).at("domain") == "inference");
    // Who is there for both has one lease.
    QCOMPARE(shared->at("shared_domains").at(1).at("leases").size(), 1U);
    QCOMPARE(rig.engine().snapshot()->leases.size(), 2U);
    QCOMPARE(shared->at("shared_domains").at(0).at("leases").size(), 2U);
    QCOMPARE(shared->at("failed_domains").size(), 1U);
    QVERIFY(shared->at("failed_domains").at(0).at("domain") == "processing");
    QVERIFY(shared->at("failed_domains").at(0).at("reason") == "no_consumers");
    QVERIFY(shared->at("performance_impact").at("bytes_not_duplicated") == 2 * kHat.value);
    QVERIFY(shared->at("performance_impact").at("load_seconds_saved") > 0.0);
    const Json offered = comfy.notified("sharing.lease_granted");
    QVERIFY(offered.at("domain") == "inference" && offered.at("consumer").get<std::string>().starts_with("ComfyUI"));
    const Json tensors = comfy.call("sharing.get_lease_tensors", {{"lease_id", offered.at("lease_id")}});
    (void)comfy.call(
        "server.post_slabs_send", {{"lease_id", offered.at("lease_id")}, {"count", tensors.at("slabs").size()}});
    QVERIFY(Borrower::hasBytesOf("hat.weight", tensors, comfy.client.takeDescriptors()));
    Json wish{{"model_id", rig.idOf("coat")}, {"domains", {"inference"}}};
    VERIFY_ERROR(rig.call("model.post_model_share", wish), ErrorCode::NotLoaded);
    wish["device_id"] = "HOST_0";
    VERIFY_ERROR(rig.call("model.post_model_share", wish), ErrorCode::NotLoaded);
    wish["device_id"] = "GPU_7";
    VERIFY_ERROR(rig.call("model.post_model_share", wish), ErrorCode::DeviceNotFound);
    wish = {{"model_id", rig.idOf("hat")}, {"domains", {"inference"}}, {"component_ids", {"no_such"}}};
    VERIFY_ERROR(rig.call("model.post_model_share", wish), ErrorCode::NotLoaded);
}

void TestEngineDomains::sharesOnceWithEach()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    (void)consumer.call("sharing.post_consumer_register", {{"domains", {"inference"}}});
    const Json wish{{"model_id", rig.idOf("hat")}, {"domains", {"inference"}}};
    const auto first = rig.call("model.post_model_share", wish);
    VERIFY_RESULT(first);
    const auto second = rig.call("model.post_model_share", wish);
    VERIFY_RESULT(second);
    QVERIFY(first->at("shared_domains") == second->at("shared_domains"));
    QVERIFY(second->at("performance_impact").at("bytes_not_duplicated") == 0);
    QCOMPARE(rig.engine().snapshot()->leases.size(), 1U);
}

void TestEngineDomains::refusesNamesThatNobodyCouldRead()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    for (const std::string& name : {std::string(129, 'x'), std::string{"a\nb"}, std::string{"a\x7f"}}) {
        const Json refused =
            consumer.call("sharing.post_consumer_register", {{"name", name}, {"domains", Json::array()}});
        QVERIFY2(refused.at("code") == "invalid_value" && refused.at("field") == "name", writeJson(refused).c_str());
    }
    const Json taken =
        consumer.call("sharing.post_consumer_register", {{"name", std::string(128, 'x')}, {"domains", Json::array()}});
    QVERIFY2(taken.contains("consumer_id"), writeJson(taken).c_str());
}

void TestEngineDomains::sharesNothingWhileItIsSwitchedOff()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"share_with_processes", false}}));
    const Json refused = rig.attach(consumer, "hat");
    QVERIFY(refused.at("code") == "feature_off" && refused.at("feature") == "share_with_processes");
    VERIFY_ERROR(rig.call("model.post_model_share", {{"model_id", rig.idOf("hat")}, {"domains", {"inference"}}}),
        ErrorCode::FeatureOff);
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"share_with_processes", true}}));
    QVERIFY(rig.attach(consumer, "hat").contains("lease_id"));
}

QTEST_APPLESS_MAIN(TestEngineDomains)
#include "test_engine_domains.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A rig with a model of two components.
class ComponentRig : public EngineRig {
public:
    ComponentRig()
        : EngineRig({kMiB * 32, kMiB * 32})
    {
        folder.write("models/pipe/model_index.json", R"({"unet": ["d", "UNet"], "vae": ["d", "Autoencoder"]})");
        for (const char* name : {"unet", "vae"})
            folder.write("models/pipe/" + std::string{name} + "/model.safetensors",
                SafetensorsBuilder().tensor(std::string{name} + ".w", "U8", {kMiB.value}).build());
    }

    [[nodiscard]] std::string id() { return idOf("pipe"); }
    /// Of the model, in the order of their names.
    [[nodiscard]] std::vector<std::string> components()
    {
        const auto now = engine().snapshot();
        const auto model = findModel(*now, ModelId{id()});
        std::vector<std::string> ids;
        if (model) {
            for (const ComponentRecord& component : (*model)->record->identified.components)
                ids.push_back(component.id.text);
        }
        std::ranges::sort(ids);
        return ids;
    }
    /// Of the model, on a device.
    [[nodiscard]] std::vector<std::string> loaded(std::size_t device = 0)
    {
        const auto now = engine().snapshot();
        std::vector<std::string> ids;
        for (const auto& owner : now->devices.at(device).owners)
            ids.push_back(owner.key.component.text);
        std::ranges::sort(ids);
        return ids;
    }
    [[nodiscard]] Result<Json> worker(const char* operation, Json fields = Json::object())
    {
        fields["model_id"] = id();
        return call(std::string{"worker."} + operation, fields);
    }
};

} // namespace

/// Single components onto devices and off them again.
class TestEngineComponents : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void loadsAndUnloadsSingleComponents();
    void cachesSingleComponents();
    void unloadsFromWhereverTheyAre();
    void saysWhatWasAskedFreedAndSeen();
    void unloadsNothingWhenOneIsNotThere();
    void theOtherNamesDoTheSame();
};

void TestEngineComponents::loadsAndUnloadsSingleComponents()
{
    ComponentRig rig;
    VERIFY_RESULT(rig.scan());
    const auto all = rig.components();
    QVERIFY(all.size() >= 2);
    const auto load = rig.worker("load_components_to_vram", {{"component_ids", {all[0], all[1]}}});
    VERIFY_RESULT(load);
    QCOMPARE(load->at("components").size(), std::size_t{2});
    QVERIFY(rig.loaded() == (std::vector<std::string>{all[0], all[1]}));
    const auto unload = rig.worker("unload_components_from_vram", {{"component_ids", {all[0]}}});
    VERIFY_RESULT(unload);
    QVERIFY(rig.loaded() == std::vector<std::string>{all[1]});
    QVERIFY(unload->at("devices").at(0).at("freed_bytes").get<std::uint64_t>() > 0);
    VERIFY_RESULT(rig.worker("unload_components_from_vram", {{"component_ids", {all[1]}}}));
    QCOMPARE(rig.heldOn(0), Bytes{});
    VERIFY_ERROR(rig.worker("load_components_to_vram"), ErrorCode::MissingField);
    VERIFY_ERROR(rig.worker("unload_components_from_vram"), ErrorCode::MissingField);
}

void TestEngineComponents::cachesSingleComponents()
{
    ComponentRig rig;
    VERIFY_RESULT(rig.scan());
    const auto all = rig.components();
    VERIFY_RESULT(rig.worker("cache_model_components", {{"component_ids", {all[1]}}}));
    QCOMPARE(rig.engine().snapshot()->cache.owners.size(), std::size_t{1});
    VERIFY_RESULT(rig.worker("cache_model_components")); // all of it
    QCOMPARE(rig.engine().snapshot()->cache.owners.size(), all.size());
    QVERIFY(rig.loaded().empty());
}

void TestEngineComponents::unloadsFromWhereverTheyAre()
{
    ComponentRig rig;
    VERIFY_RESULT(rig.scan());
    const auto all = rig.components();
    VERIFY_RESULT(rig.worker("load_components_to_vram", {{"component_ids", {all[0]}}, {"device_id", "HOST_0"}}));
    VERIFY_RESULT(
        rig.worker("load_components_to_vram", {{"component_ids", {all[0], all[1]}}, {"device_id", "HOST_1"}}));
    const auto one = rig.worker("unload_components_from_vram", {{"component_ids", {all[1]}}});
    VERIFY_RESULT(one);
    QCOMPARE(one->at("devices").size(), std::size_t{1}); // it was only there
    QVERIFY(rig.loaded(0) == std::vector<std::string>{all[0]} && rig.loaded(1) == std::vector<std::string>{all[0]});
    const auto both = rig.worker("unload_components_from_vram", {{"component_ids", {all[0]}}});
    VERIFY_RESULT(both);
    QCOMPARE(both->at("devices").size(), std::size_t{2});
    QVERIFY(rig.loaded(0).empty() && rig.loaded(1).empty());
}

void TestEngineComponents::saysWhatWasAskedFreedAndSeen()
{
    ComponentRig rig;
    VERIFY_RESULT(rig.scan());
    const auto all = rig.components();
    VERIFY_RESULT(rig.load(rig.id()));
    const auto some = rig.worker("unload_components_from_vram", {{"component_ids", {all[0]}}});
    VERIFY_RESULT(some);
    QVERIFY(some->at("requested_component_ids") == Json({all[0]}));
    QVERIFY(some->at("devices").at(0).at("unloaded_component_ids") == Json({all[0]}));
    QVERIFY(some->at("resident_before_bytes").get<std::uint64_t>() > 0);
    QVERIFY(some->at("resident_after_bytes").get<std::uint64_t>() > 0);
    const auto rest = rig.unload(rig.id());
    VERIFY_RESULT(rest);
    QVERIFY(rest->at("requested_component_ids").is_null()); // all of it
    QCOMPARE(rest->at("devices").at(0).at("unloaded_component_ids").size(), all.size() - 1);
    QVERIFY(rest->at("devices").at(0).contains("ready_bytes"));
}

void TestEngineComponents::unloadsNothingWhenOneIsNotThere()
{
    ComponentRig rig;
    VERIFY_RESULT(rig.scan());
    const auto all = rig.components();
    VERIFY_RESULT(rig.worker("load_components_to_vram", {{"component_ids", {all[0]}}}));
    const auto unload = rig.worker("unload_components_from_vram", {{"component_ids", {all[0], all[1]}}});
    VERIFY_ERROR(unload, ErrorCode::NotLoaded);
    QCOMPARE(unload.error().context.componentId.text, all[1]);
    VERIFY_ERROR(rig.worker("unload_components_from_vram", {{"component_ids", {"none"}}}), ErrorCode::NotLoaded);
    VERIFY_ERROR(rig.worker("unload_components_from_vram", {{"component_ids", {all[0]}}, {"device_id", "HOST_1"}}),
        ErrorCode::NotLoaded);
    VERIFY_ERROR(rig.worker("unload_components_from_vram", {{"component_ids", {all[0]}}, {"device_id", "GPU_9"}}),
        ErrorCode::DeviceNotFound);
    QVERIFY(rig.loaded() == std::vector<std::string>{all[0]});
}

void TestEngineComponents::theOtherNamesDoTheSame()
{
    ComponentRig rig;
    VERIFY_RESULT(rig.scan());
    const auto load = rig.call("model.post_model_vram_load", {{"model_id", rig.id()}});
    VERIFY_RESULT(load);
    QCOMPARE(load->at("device_id").get<std::string>(), std::string{"HOST_0"});
    QVERIFY(!rig.loaded().empty());
    VERIFY_RESULT(rig.call("model.post_model_vram_unload", {{"model_id", rig.id()}}));
    QVERIFY(rig.loaded().empty());
}

QTEST_APPLESS_MAIN(TestEngineComponents)
#include "test_engine_components.moc"

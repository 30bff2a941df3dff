// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

std::string weights(const char* dtype, std::uint64_t elements)
{
    return SafetensorsBuilder().tensor("a", dtype, {elements}).build();
}

/// A pipeline with two variants of one component, and one of the other.
class PipelineRig : public EngineRig {
public:
    PipelineRig()
    {
        dataFolder = folder / "data";
        folder.write("models/pipe/model_index.json",
            R"({"_class_name": "P", "unet": ["d", "UNet"], "vae": ["d", "Autoencoder"]})");
        folder.write("models/pipe/unet/diffusion_pytorch_model.safetensors", weights("F32", kElements));
        folder.write("models/pipe/unet/diffusion_pytorch_model.fp16.safetensors", weights("F16", kElements));
        folder.write("models/pipe/vae/diffusion_pytorch_model.safetensors", weights("F32", kElements));
    }
    ~PipelineRig() { close(); }

    [[nodiscard]] Result<Json> choose(const std::string& variant)
    {
        return call("model.post_model_config_update", {{"model_id", idOf("pipe")}, {"weights_variant", variant}});
    }
    /// The file of each component that has a choice, by an answer of get_model_components.
    [[nodiscard]] std::string taken(const Json& request)
    {
        const auto answer = call("model.get_model_components", request);
        std::string text;
        for (const Json& component : answer ? answer->at("variants") : Json::array()) {
            for (const Json& set : component.at("variants")) {
                if (set.at("is_taken").get<bool>())
                    text += component.at("component").get<std::string>() + "/" + set.at("file").get<std::string>();
            }
        }
        return text;
    }
    [[nodiscard]] std::string taken() { return taken({{"model_id", idOf("pipe")}}); }
    /// Loads the pipeline and gives it back.
    [[nodiscard]] std::uint64_t loadedElements()
    {
        const auto loaded = load(idOf("pipe"));
        const std::uint64_t bytes = loaded ? loaded->at("bytes_read").get<std::uint64_t>() : 0;
        const bool isGivenBack = unload(idOf("pipe")).has_value() && call("model.delete_model_cache").has_value();
        return isGivenBack ? bytes / kElements : 0;
    }

    static constexpr std::uint64_t kElements = 1000;
};

const std::string kPlain = "unet/diffusion_pytorch_model.safetensors";
const std::string kHalf = "unet/diffusion_pytorch_model.fp16.safetensors";

} // namespace

/// Which of the weights that lie side by side in a pipeline are used.
class TestWeightsVariant : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void listsTheVariants();
    void usesTheChosenVariant();
    void keepsTheChoice();
    void takesTheChoiceBack();
    void noticesVariantsThatCome();
    void refusesWhatIsNotThere();
    void refusesWhileTheModelIsInMemory();
};

void TestWeightsVariant::listsTheVariants()
{
    PipelineRig rig;
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call("model.get_model_components", {{"model_id", rig.idOf("pipe")}});
    VERIFY_RESULT(answer);
    QCOMPARE(writeJson(answer->at("variants")),
        std::string{R"([{"component":"unet","variants":[)"
                    R"({"variant":"fp16","file":"diffusion_pytorch_model.fp16.safetensors","is_taken":false},)"
                    R"({"variant":null,"file":"diffusion_pytorch_model.safetensors","is_taken":true}]}])"});
    rig.write("single", kKiB);
    VERIFY_RESULT(rig.scan());
    const auto single = rig.call("model.get_model_components", {{"model_id", rig.idOf("single")}});
    VERIFY_RESULT(single);
    QVERIFY(single->at("variants").empty());
}

void TestWeightsVariant::usesTheChosenVariant()
{
    PipelineRig rig;
    VERIFY_RESULT(rig.scan());
    QCOMPARE(rig.loadedElements(), std::uint64_t{4 + 4});
    const std::string id = rig.idOf("pipe");
    VERIFY_RESULT(rig.choose("fp16"));
    QCOMPARE(rig.idOf("pipe"), id); // the same model
    QCOMPARE(rig.taken(), kHalf);
    QCOMPARE(rig.loadedElements(), std::uint64_t{2 + 4}); // the VAE has no such variant
    const ModelRecord& record = *rig.engine().snapshot()->models.front().record;
    QCOMPARE(record.identified.components.size(), std::size_t{2});
    // What looks at the files anew (validation, conversion, a path) goes by the choice too.
    QCOMPARE(rig.taken({{"path", (rig.folder / "models/pipe").string()}}), kHalf);
    const auto valid = rig.call("model.post_model_validate", {{"model_id", id}, {"check_values", true}});
    VERIFY_RESULT(valid);
    QCOMPARE(valid->at("bytes_read").get<std::uint64_t>(), 6 * PipelineRig::kElements);
}

void TestWeightsVariant::keepsTheChoice()
{
    PipelineRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.choose("fp16"));
    const auto again = rig.scan();
    VERIFY_RESULT(again);
    QCOMPARE(again->at("scan_statistics").at("files_read").get<int>(), 0);
    QCOMPARE(rig.taken(), kHalf);
    rig.close();
    const auto restarted = rig.scan();
    VERIFY_RESULT(restarted);
    QCOMPARE(restarted->at("scan_statistics").at("files_read").get<int>(), 0);
    QCOMPARE(rig.taken(), kHalf);
    QCOMPARE(rig.loadedElements(), std::uint64_t{6});
}

void TestWeightsVariant::takesTheChoiceBack()
{
    PipelineRig rig;
    VERIFY_RESULT(rig.scan());
    const auto chosen = rig.choose("fp16");
    VERIFY_RESULT(chosen);
    QCOMPARE(chosen->at("weights_variant").get<std::string>(), std::string{"fp16"});
    const auto back = rig.choose("default");
    VERIFY_RESULT(back);
    QVERIFY(back->at("weights_variant").is_null());
    QCOMPARE(rig.taken(), kPlain);
    QCOMPARE(rig.loadedElements(), std::uint64_t{8});
}

void TestWeightsVariant::noticesVariantsThatCome()
{
    PipelineRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_ERROR(rig.choose("non_ema"), ErrorCode::InvalidValue);
    rig.folder.write(
        "models/pipe/unet/diffusion_pytorch_model.non_ema.safetensors", weights("F64", PipelineRig::kElements));
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.choose("non_ema"));
    QCOMPARE(rig.loadedElements(), std::uint64_t{8 + 4});
    // And go: the pipeline can be used all the same.
    std::filesystem::remove(rig.folder / "models/pipe/unet/diffusion_pytorch_model.non_ema.safetensors");
    VERIFY_RESULT(rig.scan());
    QCOMPARE(rig.taken(), kPlain);
}

void TestWeightsVariant::refusesWhatIsNotThere()
{
    PipelineRig rig;
    rig.write("single", kKiB);
    VERIFY_RESULT(rig.scan());
    for (const char* variant : {"fp8", "", "a\nb"}) {
        const auto refused = rig.choose(variant);
        VERIFY_ERROR(refused, ErrorCode::InvalidValue);
        QCOMPARE(refused.error().context.field, std::string{"weights_variant"});
    }
    VERIFY_ERROR(
        rig.call("model.post_model_config_update", {{"model_id", rig.idOf("single")}, {"weights_variant", "fp16"}}),
        ErrorCode::InvalidValue);
    QCOMPARE(rig.taken(), kPlain);
}

void TestWeightsVariant::refusesWhileTheModelIsInMemory()
{
    PipelineRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("pipe")));
    VERIFY_ERROR(rig.choose("fp16"), ErrorCode::ModelInUse);
    QCOMPARE(rig.taken(), kPlain);
    VERIFY_RESULT(rig.unload(rig.idOf("pipe")));
    VERIFY_RESULT(rig.call("model.delete_model_cache"));
    VERIFY_RESULT(rig.choose("fp16"));
    QCOMPARE(rig.taken(), kHalf);
}

QTEST_APPLESS_MAIN(TestWeightsVariant)
#include "test_weights_variant.moc"

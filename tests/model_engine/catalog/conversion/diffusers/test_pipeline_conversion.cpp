// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/core/json.h"
#include "tests/model_engine/catalog/conversion/diffusers/pipeline_fixture.h"
#include "tests/support/little_endian.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

Q_DECLARE_METATYPE(Architecture)

namespace {

constexpr ConversionTarget kFolder = ConversionTarget::Diffusers;

Json documentIn(const fs::path& file) { return parseJson(readSmallFile(file, kMiB).value()).value(); }

/// Those that have a place in a folder.
ReadTensors withoutSchedule(ReadTensors tensors)
{
    std::erase_if(tensors, [](const auto& tensor) { return tensor.first.find('.') == std::string::npos; });
    return tensors;
}

std::string filesBelow(const fs::path& folder)
{
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator{folder}) {
        if (entry.is_regular_file())
            names.insert(entry.path().lexically_relative(folder).string());
    }
    std::string text;
    for (const std::string& name : names)
        text += name + " ";
    return text;
}

} // namespace

class TestPipelineConversion : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goesThereAndBack_data();
    void goesThereAndBack();
    void writesAllFiles();
    void describesThePipeline_data();
    void describesThePipeline();
    void changesThePrecision();
    void findsOutWhatSd2Predicts_data();
    void findsOutWhatSd2Predicts();
    void carriesThePredictionBothWays();
    void makesOneFileOfAFolderOfOthers();
    void leavesOutWhatHasNoPlace();
    void refusesOtherModels_data();
    void refusesOtherModels();
    void refusesIncompleteModels();
    void neverReplacesAFolder();
};

void TestPipelineConversion::goesThereAndBack_data()
{
    QTest::addColumn<Architecture>("architecture");
    QTest::newRow("sd1") << Architecture::Sd1;
    QTest::newRow("sd2") << Architecture::Sd2;
    QTest::newRow("sdxl") << Architecture::Sdxl;
}

void TestPipelineConversion::goesThereAndBack()
{
    QFETCH(Architecture, architecture);
    const TemporaryFolder folder;
    const fs::path source = writeBlueprint(folder / "x.safetensors", checkpointOf(architecture));
    QCOMPARE(examinePath(source)->identified.architecture, architecture);
    const auto there = convert(source, {.target = folder / "pipeline", .format = kFolder});
    VERIFY_RESULT(there);
    QCOMPARE(there->convertedTensors, 0U);
    const ModelRecordPtr pipeline = examinePath(folder / "pipeline");
    QVERIFY(pipeline->isUsable());
    QCOMPARE(pipeline->identified.architecture, architecture);
    QCOMPARE(pipeline->identified.missing.count, 0U);
    QCOMPARE(pipeline->identified.extra.count, 0U);
    const auto back = convert(folder / "pipeline", {.target = folder / "y.safetensors"});
    VERIFY_RESULT(back);
    QVERIFY(withoutSchedule(tensorsOf(source)) == withoutSchedule(tensorsOf(folder / "y.safetensors")));
    QCOMPARE(metadataOf(folder / "y.safetensors").at("modelspec.title"), std::string{"Small"});
    QCOMPARE(metadataOf(folder / "y.safetensors").at("weightroom.converted_from"), std::string{"pipeline"});
}

void TestPipelineConversion::writesAllFiles()
{
    const TemporaryFolder folder;
    const fs::path source = writeBlueprint(folder / "x.safetensors", checkpointOf(Architecture::Sdxl));
    const auto report = convert(source, {.target = folder / "p", .format = kFolder});
    VERIFY_RESULT(report);
    QCOMPARE(filesBelow(folder / "p"),
        std::string{"model_index.json scheduler/scheduler_config.json text_encoder/config.json "
                    "text_encoder/model.safetensors text_encoder_2/config.json text_encoder_2/model.safetensors "
                    "unet/config.json unet/diffusion_pytorch_model.safetensors vae/config.json "
                    "vae/diffusion_pytorch_model.safetensors "});
    QCOMPARE(folder.entries(), (std::set<std::string>{"x.safetensors", "p"}));
    QCOMPARE(report->files.size(), 4U);
    std::uint64_t size = 0;
    for (const WrittenFile& file : report->files) {
        QCOMPARE(file.size.value, fs::file_size(file.path));
        size += file.size.value;
        QCOMPARE(metadataOf(file.path).at("format"), std::string{"pt"});
    }
    QCOMPARE(report->written.value, size);
    QCOMPARE(report->notes.size(), 1U);
}

void TestPipelineConversion::describesThePipeline_data()
{
    QTest::addColumn<Architecture>("architecture");
    QTest::addColumn<int>("channels");
    QTest::addColumn<std::string>("pipeline");
    QTest::addColumn<int>("context");
    QTest::newRow("sd1") << Architecture::Sd1 << 4 << std::string{"StableDiffusionPipeline"} << 768;
    QTest::newRow("sd1 inpainting") << Architecture::Sd1 << 9 << std::string{"StableDiffusionInpaintPipeline"} << 768;
    QTest::newRow("sd2 inpainting") << Architecture::Sd2 << 9 << std::string{"StableDiffusionInpaintPipeline"} << 1024;
    QTest::newRow("sdxl") << Architecture::Sdxl << 4 << std::string{"StableDiffusionXLPipeline"} << 2048;
    QTest::newRow("sdxl inpainting") << Architecture::Sdxl << 9 << std::string{"StableDiffusionXLInpaintPipeline"}
                                     << 2048;
}

void TestPipelineConversion::describesThePipeline()
{
    QFETCH(Architecture, architecture);
    QFETCH(int, channels);
    QFETCH(std::string, pipeline);
    QFETCH(int, context);
    const TemporaryFolder folder;
    const fs::path source =
        writeBlueprint(folder / "x.safetensors", checkpointOf(architecture, static_cast<std::uint64_t>(channels)));
    VERIFY_RESULT(convert(source, {.target = folder / "p", .format = kFolder}));
    const Json index = documentIn(folder / "p/model_index.json");
    QCOMPARE(index.at("_class_name").get<std::string>(), pipeline);
    QCOMPARE(index.at("unet").dump(), std::string{R"(["diffusers","UNet2DConditionModel"])"});
    QCOMPARE(index.at("tokenizer").dump(), std::string{R"(["transformers","CLIPTokenizer"])"});
    const Json unet = documentIn(folder / "p/unet/config.json");
    QCOMPARE(unet.at("in_channels").get<int>(), channels);
    QCOMPARE(unet.at("cross_attention_dim").get<int>(), context);
    QCOMPARE(unet.at("down_block_types").size(), unet.at("block_out_channels").size());
    const Json text = documentIn(folder / "p/text_encoder/config.json");
    QCOMPARE(text.at("architectures").dump(), std::string{R"(["CLIPTextModel"])"});
    QCOMPARE(documentIn(folder / "p/vae/config.json").at("up_block_types").size(), std::size_t{4});
    QCOMPARE(documentIn(folder / "p/scheduler/scheduler_config.json").at("prediction_type").get<std::string>(),
        std::string{"epsilon"});
}

void TestPipelineConversion::changesThePrecision()
{
    const TemporaryFolder folder;
    const fs::path source = writeBlueprint(folder / "x.safetensors", checkpointOf(Architecture::Sdxl));
    const auto report = convert(source, {.target = folder / "p", .format = kFolder, .precision = Dtype::Bf16});
    VERIFY_RESULT(report);
    QCOMPARE(report->convertedTensors + 1, report->tensors); // position_ids are integers
    for (const auto& [name, tensor] : tensorsOf(folder / "p"))
        QVERIFY(tensor.dtype == (tensor.dtype == Dtype::I64 ? Dtype::I64 : Dtype::Bf16));
}

void TestPipelineConversion::findsOutWhatSd2Predicts_data()
{
    QTest::addColumn<int>("spread");
    QTest::addColumn<std::string>("prediction");
    QTest::addColumn<int>("size");
    QTest::newRow("all the same") << 0 << std::string{"epsilon"} << 64;
    QTest::newRow("near") << 0x2C00 << std::string{"epsilon"} << 64; // 0.0625
    QTest::newRow("far") << 0x3000 << std::string{"v_prediction"} << 96; // 0.125
}

/// The deciding norm has this number at half of its places and its negative at the others.
void TestPipelineConversion::findsOutWhatSd2Predicts()
{
    QFETCH(int, spread);
    QFETCH(std::string, prediction);
    QFETCH(int, size);
    const TemporaryFolder folder;
    const fs::path source = writeBlueprint(folder / "x.safetensors", checkpointOf(Architecture::Sd2));
    const TensorIndex index = openModel(*examinePath(source)).value().index;
    const TensorEntry* norm =
        TensorLookup{index}.find("model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias");
    std::string content = readSmallFile(source, kMiB * 64).value();
    for (std::uint64_t i = 0; i < norm->range.size.value; i += 2) {
        const std::uint64_t number = static_cast<std::uint64_t>(spread) | (i % 4 == 0 && spread != 0 ? 0x8000U : 0U);
        content.replace(norm->range.begin + i, 2, littleEndian(number, 2));
    }
    folder.write("x.safetensors", content);
    VERIFY_RESULT(convert(source, {.target = folder / "p", .format = kFolder}));
    QCOMPARE(
        documentIn(folder / "p/scheduler/scheduler_config.json").at("prediction_type").get<std::string>(), prediction);
    QCOMPARE(documentIn(folder / "p/unet/config.json").at("sample_size").get<int>(), size);
    QCOMPARE(documentIn(folder / "p/text_encoder/config.json").at("num_hidden_layers").get<int>(), 23);
}

void TestPipelineConversion::carriesThePredictionBothWays()
{
    const TemporaryFolder folder;
    Blueprint blueprint = checkpointOf(Architecture::Sdxl);
    blueprint.push_back({"v_pred", Dtype::F32, {0}, {}});
    blueprint.push_back({"ztsnr", Dtype::F32, {0}, {}});
    const fs::path source = writeBlueprint(folder / "x.safetensors", blueprint);
    VERIFY_RESULT(convert(source, {.target = folder / "p", .format = kFolder}));
    const Json scheduler = documentIn(folder / "p/scheduler/scheduler_config.json");
    QCOMPARE(scheduler.at("prediction_type").get<std::string>(), std::string{"v_prediction"});
    QVERIFY(scheduler.at("rescale_betas_zero_snr").get<bool>());
    VERIFY_RESULT(convert(folder / "p", {.target = folder / "y.safetensors"}));
    const ReadTensors back = tensorsOf(folder / "y.safetensors");
    QVERIFY(back.contains("v_pred") && back.contains("ztsnr"));
    QCOMPARE(examinePath(folder / "y.safetensors")->identified.prediction, PredictionType::VPrediction);
    for (const char* broken : {"", "{", "[]", R"({"prediction_type": 5})", R"({"prediction_type": "epsilon"})"}) {
        folder.write("p/scheduler/scheduler_config.json", broken);
        VERIFY_RESULT(convert(folder / "p", {.target = folder / "z.safetensors", .ifExists = IfExists::Replace}));
        QVERIFY(!tensorsOf(folder / "z.safetensors").contains("v_pred"));
    }
}

/// Shards, and the names that diffusers' attention had before.
void TestPipelineConversion::makesOneFileOfAFolderOfOthers()
{
    const TemporaryFolder folder;
    const fs::path source = writeBlueprint(folder / "x.safetensors", checkpointOf(Architecture::Sd1));
    VERIFY_RESULT(convert(source, {.target = folder / "p", .format = kFolder}));
    const fs::path unet = folder / "p/unet/diffusion_pytorch_model.safetensors";
    Blueprint halves[2];
    for (const auto& [name, tensor] : tensorsOf(unet))
        halves[name < "mid_block" ? 0 : 1].push_back({name, tensor.dtype, tensor.shape, {}});
    fs::remove(unet);
    writeBlueprint(folder / "p/unet/diffusion_pytorch_model-00001-of-00002.safetensors", halves[0]);
    writeBlueprint(folder / "p/unet/diffusion_pytorch_model-00002-of-00002.safetensors", halves[1]);
    VERIFY_RESULT(convert(folder / "p", {.target = folder / "y.safetensors"}));
    const ReadTensors before = withoutSchedule(tensorsOf(source));
    const ReadTensors after = tensorsOf(folder / "y.safetensors");
    QCOMPARE(after.size(), before.size());
    for (const auto& [name, tensor] : before)
        QVERIFY(after.contains(name) && after.at(name).shape == tensor.shape);
}

void TestPipelineConversion::leavesOutWhatHasNoPlace()
{
    const TemporaryFolder folder;
    const fs::path source = writeBlueprint(folder / "x.safetensors", checkpointOf(Architecture::Sd1));
    const auto there = convert(source, {.target = folder / "p", .format = kFolder});
    VERIFY_RESULT(there);
    QCOMPARE(there->droppedTensors, 12U); // the schedule of the noise
    QCOMPARE(there->droppedSize, Bytes{12 * 4000});
    Json index = documentIn(folder / "p/model_index.json");
    index["safety_checker"] = Json::array({"stable_diffusion", "StableDiffusionSafetyChecker"});
    folder.write("p/model_index.json", writeJson(index));
    folder.write("p/safety_checker/model.safetensors", SafetensorsBuilder().tensor("w", "F16", {7}).build());
    const auto back = convert(folder / "p", {.target = folder / "y.safetensors"});
    VERIFY_RESULT(back);
    QCOMPARE(back->droppedTensors, 1U);
    QCOMPARE(back->droppedSize, Bytes{14});
}

void TestPipelineConversion::refusesOtherModels_data()
{
    QTest::addColumn<int>("model");
    QTest::addColumn<QString>("says");
    QTest::newRow("lora") << 0 << "lora of sdxl";
    QTest::newRow("vae") << 1 << "vae of";
    QTest::newRow("flux") << 2 << "of flux";
    QTest::newRow("unet alone") << 3 << "diffusion-model of sd1";
    QTest::newRow("ip2p") << 4 << "checkpoint of sd1 (ip2p)";
    QTest::newRow("unknown") << 5 << "unknown";
}

void TestPipelineConversion::refusesOtherModels()
{
    QFETCH(int, model);
    QFETCH(QString, says);
    const TemporaryFolder folder;
    Blueprint blueprint;
    switch (model) {
    case 0:
        blueprint = sdxlLora(ModelSize::Small);
        break;
    case 1:
        blueprint = sdxlVae(ModelSize::Small);
        break;
    case 2:
        blueprint = fluxSchnellModel(ModelSize::Small);
        break;
    case 3:
        blueprint = shrunk(ldmUnet(sd1Unet(), Dtype::F16), 4096);
        break;
    case 4:
        blueprint = checkpointOf(Architecture::Sd1, 8);
        break;
    default:
        blueprint = {{"w", Dtype::F16, {4}, {}}};
    }
    const fs::path source = writeBlueprint(folder / "x.safetensors", blueprint);
    const auto refused = convert(source, {.target = folder / "p", .format = kFolder});
    VERIFY_ERROR(refused, ErrorCode::Unsupported);
    QVERIFY2(QString::fromStdString(refused.error().detail).contains(says), refused.error().detail.c_str());
    QCOMPARE(folder.entries(), std::set<std::string>{"x.safetensors"});
}

void TestPipelineConversion::refusesIncompleteModels()
{
    const TemporaryFolder folder;
    Blueprint blueprint = checkpointOf(Architecture::Sd1);
    const auto without = [&](std::string_view beginning) {
        Blueprint rest = blueprint;
        std::erase_if(rest, [&](const TensorBlueprint& tensor) { return tensor.name.starts_with(beginning); });
        fs::remove(folder / "x.safetensors");
        return convert(writeBlueprint(folder / "x.safetensors", rest), {.target = folder / "p", .format = kFolder});
    };
    VERIFY_ERROR(without("first_stage_model."), ErrorCode::ModelUnusable);
    VERIFY_ERROR(without("model.diffusion_model.out.2.bias"), ErrorCode::ModelUnusable);
    VERIFY_ERROR(without("first_stage_model.quant_conv.bias"), ErrorCode::ModelUnusable);
    blueprint.push_back({"model.diffusion_model.more.weight", Dtype::F16, {4}, {}});
    VERIFY_ERROR(without("nothing"), ErrorCode::Unsupported);
    QCOMPARE(folder.entries(), std::set<std::string>{"x.safetensors"});
}

void TestPipelineConversion::neverReplacesAFolder()
{
    const TemporaryFolder folder;
    const fs::path source = writeBlueprint(folder / "x.safetensors", checkpointOf(Architecture::Sd1));
    fs::create_directory(folder / "p");
    for (const IfExists ifExists : {IfExists::Refuse, IfExists::Replace}) {
        VERIFY_ERROR(convert(source, {.target = folder / "p", .format = kFolder, .ifExists = ifExists}),
            ErrorCode::AlreadyExists);
    }
    VERIFY_RESULT(convert(source, {.target = folder / "q", .format = kFolder}));
    VERIFY_ERROR(convert(folder / "q", {.target = folder / "r", .format = kFolder}), ErrorCode::Unsupported);
    VERIFY_ERROR(convert(folder / "q", {.target = folder / "q", .format = kFolder}), ErrorCode::InvalidValue);
    QVERIFY(fs::is_empty(folder / "p"));
}

QTEST_APPLESS_MAIN(TestPipelineConversion)
#include "test_pipeline_conversion.moc"

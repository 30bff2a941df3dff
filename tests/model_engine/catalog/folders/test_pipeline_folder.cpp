// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/pipeline_folder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestPipelineFolder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsItsComponents();
    void refuses_data();
    void refuses();
    void isNotThere();
};

void TestPipelineFolder::readsItsComponents()
{
    const TemporaryFolder folder;
    const auto index = readPipelineIndex(folder.write("model_index.json", R"({
        "_class_name": "StableDiffusionXLPipeline", "_diffusers_version": "0.30.0", "_pair": ["a", "b"],
        "force_zeros_for_empty_prompt": true, "image_encoder": [null, null],
        "scheduler": ["diffusers", "EulerDiscreteScheduler"], "tokenizer": ["transformers", "CLIPTokenizer"],
        "feature_extractor": ["transformers", "CLIPFeatureExtractor"],
        "image_processor": ["transformers", "CLIPImageProcessor"],
        "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]})"));
    VERIFY_RESULT(index);
    QCOMPARE(index->className, std::string{"StableDiffusionXLPipeline"});
    std::string text;
    for (const PipelineComponent& component : index->components)
        text += component.name + (component.hasWeights ? "+" : "-") + " ";
    QCOMPARE(text, std::string{"scheduler- tokenizer- feature_extractor- image_processor- unet+ vae+ "});
    QCOMPARE(index->components[4].className, std::string{"UNet2DConditionModel"});
}

void TestPipelineFolder::refuses_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* name, const char* content, ErrorCode code) {
        QTest::newRow(name) << QByteArray(content) << code;
    };
    row("empty", "", ErrorCode::InvalidJson);
    row("no JSON", "<html>", ErrorCode::InvalidJson);
    row("the same component twice", R"({"unet": ["d", "A"], "unet": ["d", "B"]})", ErrorCode::InvalidJson);
    row("no object", "[]", ErrorCode::InvalidFormat);
    row("one text", R"({"unet": ["diffusers"]})", ErrorCode::InvalidFormat);
    row("three texts", R"({"unet": ["a", "b", "c"]})", ErrorCode::InvalidFormat);
    row("half a pair", R"({"unet": ["diffusers", null]})", ErrorCode::InvalidFormat);
    row("numbers", R"({"unet": [1, 2]})", ErrorCode::InvalidFormat);
    row("the folder above", R"({"..": ["d", "A"]})", ErrorCode::InvalidFormat);
    row("the folder itself", R"({".": ["d", "A"]})", ErrorCode::InvalidFormat);
    row("a path", R"({"unet/../../x": ["d", "A"]})", ErrorCode::InvalidFormat);
    row("an absolute path", R"({"/etc": ["d", "A"]})", ErrorCode::InvalidFormat);
    row("a NUL", R"({"un\u0000et": ["d", "A"]})", ErrorCode::InvalidFormat);
    row("no name", R"({"": ["d", "A"]})", ErrorCode::InvalidFormat);
}

void TestPipelineFolder::refuses()
{
    QFETCH(QByteArray, content);
    QFETCH(ErrorCode, code);
    const TemporaryFolder folder;
    const auto file = folder.write("model_index.json", content.toStdString());
    const auto index = readPipelineIndex(file);
    VERIFY_ERROR(index, code);
    QCOMPARE(index.error().context.path, file.string());
}

void TestPipelineFolder::isNotThere()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(readPipelineIndex(folder / "model_index.json"), ErrorCode::NotFound);
    const auto huge = folder.write("model_index.json", std::string(kMiB.value + 1, ' '));
    VERIFY_ERROR(readPipelineIndex(huge), ErrorCode::InvalidValue);
}

QTEST_APPLESS_MAIN(TestPipelineFolder)
#include "test_pipeline_folder.moc"

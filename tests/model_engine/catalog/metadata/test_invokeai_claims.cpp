// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/invokeai_claims.h"
#include "model_engine/catalog/metadata/metadata_reader.h"
#include "tests/model_engine/catalog/layouts/invoke_builder.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

std::string fieldsOf(const ModelMetadata& metadata)
{
    std::string text;
    for (const auto& [field, value] : metadata.fields)
        text += (text.empty() ? "" : " ") + std::string{toText(field)} + "=" + writeJson(value.value);
    return text;
}

} // namespace

class TestInvokeaiClaims final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsWhatItSays();
    void saysNothingOfWhatIsEmpty();
    void isASourceOfAModel();
    void aBrokenDatabaseIsAProblemAndNoMore();
};

void TestInvokeaiClaims::readsWhatItSays()
{
    Json config = invokeConfig("x", "Hat style");
    config["description"] = "Hats.";
    config["trigger_phrases"] = {"hat", "red hat"};
    config["hash"] = "blake3:" + std::string(64, 'A');
    config["source"] = "https://civitai.com/models/1";
    config["new_field"] = 5;
    const SourceClaims claims = claimsFromInvoke({"/x", "Hat style", config});
    const ModelMetadata metadata = mergeClaims({claims});
    QCOMPARE(fieldsOf(metadata),
        R"(title="Hat style" description="Hats." base_model="sdxl" model_type="main" trigger_words=["hat","red hat"] )"
        R"(source_url="https://civitai.com/models/1" blake3=")"
            + std::string(64, 'a') + "\"");
    QCOMPARE(metadata.find(MetadataField::Title)->source, std::string{"databases/invokeai.db"});
    QCOMPARE(metadata.unknown.size(), std::size_t{1});
    QCOMPARE(metadata.unknown[0].name, std::string{"new_field"});
}

void TestInvokeaiClaims::saysNothingOfWhatIsEmpty()
{
    const Json config{{"name", ""}, {"trigger_phrases", nullptr}, {"description", nullptr}, {"hash", "sha256:00"},
        {"source", "org/name"}};
    QCOMPARE(fieldsOf(mergeClaims({claimsFromInvoke({"/x", "", config})})), std::string{});
}

void TestInvokeaiClaims::isASourceOfAModel()
{
    const TemporaryFolder root;
    const auto model = root.write("models/uuid/weights.safetensors", loraModel());
    Json config = invokeConfig("uuid/weights.safetensors", "Hat style");
    config["trigger_phrases"] = {"hat"};
    VERIFY_RESULT(makeInvokeDatabase(root.path(), {writeJson(config)}));
    const auto report = readModelMetadata({model, model}, {});
    VERIFY_RESULT(report);
    QVERIFY(!report->databaseProblem);
    QCOMPARE(writeJson(report->metadata.find(MetadataField::Title)->value), std::string{"\"Hat style\""});
    QCOMPARE(writeJson(report->metadata.find(MetadataField::TriggerWords)->value), std::string{R"(["hat"])"});
    // One that InvokeAI does not know.
    const auto other = root.write("models/other.safetensors", loraModel());
    const auto without = readModelMetadata({other, other}, {});
    VERIFY_RESULT(without);
    QVERIFY(without->metadata.find(MetadataField::TriggerWords) == nullptr);
}

void TestInvokeaiClaims::aBrokenDatabaseIsAProblemAndNoMore()
{
    const TemporaryFolder root;
    const auto model = root.write("models/uuid/weights.safetensors", loraModel());
    root.write("databases/invokeai.db", std::string(4096, 'x'));
    const auto report = readModelMetadata({model, model}, {});
    VERIFY_RESULT(report);
    QCOMPARE(report->databaseProblem->code, ErrorCode::InvalidFormat);
    QCOMPARE(writeJson(report->metadata.find(MetadataField::Title)->value), std::string{"\"weights\""});
}

QTEST_APPLESS_MAIN(TestInvokeaiClaims)
#include "test_invokeai_claims.moc"

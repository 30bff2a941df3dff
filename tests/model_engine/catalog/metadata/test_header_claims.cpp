// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/header_claims.h"
#include "tests/model_engine/catalog/metadata/claims_fixture.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

using Field = MetadataField;

const std::string kTensorHash = "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa";

} // namespace

class TestHeaderClaims : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsEachKey_data();
    void readsEachKey();
    void namesTheKeyAsSource();
    void believesModelspecMoreThanTheTraining();
    void keepsOtherKeysAsUnknown();
    void boundsHugeHeaders();
};

void TestHeaderClaims::readsEachKey_data()
{
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<Field>("field");
    QTest::addColumn<std::string>("expected");
    const auto row = [](const std::string& key, const std::string& text, Field field, const std::string& expected) {
        QTest::newRow((key + " " + std::string{toText(field)}).c_str()) << key << text << field << expected;
    };
    row("modelspec.title", "Dream", Field::Title, R"("Dream")");
    row("modelspec.author", "Somebody", Field::Author, R"("Somebody")");
    row("modelspec.description", "<b>bold</b>", Field::Description, R"("<b>bold</b>")");
    row("modelspec.license", "CC0-1.0", Field::License, R"("CC0-1.0")");
    row("modelspec.architecture", "flux-1-dev/lora", Field::Architecture, R"("flux-1-dev/lora")");
    row("modelspec.prediction_type", "v", Field::PredictionType, R"("v")");
    row("modelspec.resolution", "1024x1024", Field::Resolution, R"("1024x1024")");
    row("modelspec.trigger_phrase", "a hat, a cat", Field::TriggerWords, R"(["a hat, a cat"])");
    row("modelspec.usage_hint", "at 0.7", Field::UsageHint, R"("at 0.7")");
    row("modelspec.tags", "style, anime", Field::Tags, R"(["style","anime"])");
    row("modelspec.merged_from", "a, b", Field::MergedFrom, R"("a, b")");
    row("modelspec.date", "2024-01-01", Field::Date, R"("2024-01-01")");
    row("modelspec.hash_sha256", "0x" + kTensorHash, Field::TensorSha256, "\"" + kTensorHash + "\"");
    row("modelspec.hash_sha256", "0x" + kTensorHash, Field::AutoV3, R"("6ce0161689b3")");
    row("ssmd_display_name", "Dream", Field::Title, R"("Dream")");
    row("ssmd_keywords", "hat", Field::TriggerWords, R"(["hat"])");
    row("ssmd_rating", "4", Field::Rating, "4.0");
    row("ssmd_rating", "0", Field::Rating, "-");
    row("ssmd_source", "https://x.org", Field::SourceUrl, R"("https://x.org")");
    row("general.name", "Flux", Field::Title, R"("Flux")");
    row("general.tags", R"(["text-to-image", "flux"])", Field::Tags, R"(["text-to-image","flux"])");
    row("general.license", "apache-2.0", Field::License, R"("apache-2.0")");
    row("ss_base_model_version", "sdxl_base_v1-0", Field::BaseModel, R"("sdxl_base_v1-0")");
    row("ss_network_module", "networks.lora", Field::NetworkModule, R"("networks.lora")");
    row("ss_network_dim", "32", Field::NetworkDim, "32");
    row("ss_network_dim", "Dynamic", Field::NetworkDim, "-");
    row("ss_network_alpha", "16.0", Field::NetworkAlpha, "16.0");
    row("ss_network_args", R"({"conv_dim": "8"})", Field::NetworkArgs, R"({"conv_dim":"8"})");
    row("ss_resolution", "1024,1024", Field::TrainingResolution, R"("1024,1024")");
    row("ss_clip_skip", "None", Field::ClipSkip, "-");
    row("ss_steps", "2000", Field::Steps, "2000");
    row("ss_epoch", "10", Field::Epoch, "10");
    row("ss_num_train_images", "120", Field::ImageCount, "120");
    row("ss_learning_rate", "0.0001", Field::LearningRate, "0.0001");
    row("ss_learning_rate", "nan", Field::LearningRate, "-");
    row("ss_tag_frequency", R"({"10_hat": {"hat": 3}})", Field::TagFrequency, R"([{"tag":"hat","count":3}])");
    row("ss_tag_frequency", R"({"10_hat": {"hat": 3}, "10_hat": {}})", Field::TagFrequency, "-"); // a key twice
    row("ss_training_started_at", "1700000000.5", Field::StartedAt, "1700000000.5");
    row("sshs_model_hash", kTensorHash, Field::TensorSha256, "\"" + kTensorHash + "\"");
    row("sshs_model_hash", kTensorHash, Field::AutoV3, R"("6ce0161689b3")");
    row("sshs_model_hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Field::AutoV3, "-");
}

void TestHeaderClaims::readsEachKey()
{
    QFETCH(std::string, key);
    QFETCH(std::string, text);
    QFETCH(Field, field);
    QFETCH(std::string, expected);
    QCOMPARE(valueOf(claimsFromHeader({{key, text}}), field), expected);
}

void TestHeaderClaims::namesTheKeyAsSource()
{
    const auto merged = mergeClaims({claimsFromHeader({{"modelspec.title", "Dream"}})});
    QCOMPARE(merged.find(Field::Title)->source, std::string{"header modelspec.title"});
}

void TestHeaderClaims::believesModelspecMoreThanTheTraining()
{
    const auto merged = mergeClaims(
        {claimsFromHeader({{"sshs_model_hash", kTensorHash}, {"modelspec.hash_sha256", std::string(64, 'a')}})});
    const MetadataValue* hash = merged.find(Field::AutoV3);
    QCOMPARE(hash->source, std::string{"header modelspec.hash_sha256"});
    QCOMPARE(hash->alternatives.front().source, std::string{"header sshs_model_hash"});
}

void TestHeaderClaims::keepsOtherKeysAsUnknown()
{
    const auto claims = claimsFromHeader({{"format", "pt"}, {"modelspec.thumbnail", "data:"},
        {"ssmd_cover_images", "[]"}, {"modelspec.sai_model_spec", "1.0.1"}, {"my key", "my text"},
        {"ss_network_dim", "Dynamic"}, {"ss_steps", "None"}, {"sshs_legacy_hash", "abcdef01"}});
    QCOMPARE(unknownNames(claims), std::string{"my key ss_network_dim sshs_legacy_hash "});
    QCOMPARE(claims.unknown.front().source, std::string{"header"});
    QCOMPARE(writeJson(claims.unknown.front().value), std::string{R"("my text")"});
    QVERIFY(claims.claims.empty());
}

void TestHeaderClaims::boundsHugeHeaders()
{
    HeaderMetadata metadata{{"modelspec.description", std::string(kLongestMetadataText + 1, 'x')},
        {"ss_tag_frequency", "{\"a\": {\"" + std::string((kMiB * 4).value, 'x') + "\": 1}}"}};
    for (int i = 0; i < 10'000; ++i)
        metadata.emplace("zzz " + std::to_string(i), "text");
    const auto claims = claimsFromHeader(metadata);
    QVERIFY(claims.claims.empty());
    QCOMPARE(claims.unknown.size(), kMostUnknownFields);
    QCOMPARE(claims.unknownLeftOut, std::uint64_t{10'002 - kMostUnknownFields});
    QVERIFY(claims.unknown[0].value.is_null()); // told of, not carried about
    QCOMPARE(claims.unknown[0].size.value, std::uint64_t{kLongestMetadataText + 1});
}

QTEST_APPLESS_MAIN(TestHeaderClaims)
#include "test_header_claims.moc"

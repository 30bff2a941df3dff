// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/sidecar.h"
#include "tests/model_engine/catalog/metadata/claims_fixture.h"
#include "tests/model_engine/catalog/metadata/sidecar_samples.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

using Field = MetadataField;

Sidecar sidecarOf(SidecarDialect dialect, const std::string& text)
{
    Sidecar sidecar{.file = {sidecarPath("/m/x.safetensors", dialect), dialect},
        .identity = {},
        .text = text,
        .byteOrderMark = {},
        .document = {},
        .problem = {}};
    if (dialect != SidecarDialect::Description && dialect != SidecarDialect::LdmConfig)
        sidecar.document = *parseJson(text);
    return sidecar;
}

std::string valueIn(SidecarDialect dialect, const std::string& text, Field field)
{
    return valueOf(claimsFromSidecar(sidecarOf(dialect, text), "x.safetensors"), field);
}

} // namespace

class TestSidecarClaims : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsEachDialect_data();
    void readsEachDialect();
    void namesTheFileAsSource();
    void keepsUnknownFields_data();
    void keepsUnknownFields();
    void takesTheHashesOfItsOwnFile_data();
    void takesTheHashesOfItsOwnFile();
    void ordersTheDialects();
    void survivesAnyTypes_data();
    void survivesAnyTypes();
};

void TestSidecarClaims::readsEachDialect_data()
{
    QTest::addColumn<SidecarDialect>("dialect");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<Field>("field");
    QTest::addColumn<std::string>("expected");
    const auto rows = [](SidecarDialect dialect, const std::string& text,
                          const std::vector<std::pair<Field, std::string>>& fields) {
        for (const auto& [field, expected] : fields) {
            const std::string name = std::string{toText(dialect)} + " " + std::string{toText(field)};
            QTest::newRow(name.c_str()) << dialect << text << field << expected;
        }
    };
    rows(SidecarDialect::A1111, kA1111,
        {{Field::Description, R"("A style")"}, {Field::BaseModel, R"("SDXL")"},
            {Field::TriggerWords, R"(["hat, cat"])"}, {Field::PreferredWeight, "0.8"},
            {Field::NegativeText, R"("blurry")"}, {Field::Notes, R"("mine")"}, {Field::Vae, "-"}});
    rows(SidecarDialect::A1111, R"({"preferred weight": 0, "notes": "", "sd version": "Unknown"})",
        {{Field::PreferredWeight, "-"}, {Field::Notes, "-"}, {Field::BaseModel, "-"}});
    rows(SidecarDialect::CivitaiInfo, kCivitai,
        {{Field::Title, R"("Pony Diffusion")"}, {Field::Version, R"("V6")"}, {Field::Author, R"("PurpleSmartAI")"},
            {Field::Description, R"("<p>Model</p>")"}, {Field::VersionDescription, R"("<p>Hi</p>")"},
            {Field::AllowNoCredit, "true"}, {Field::AllowCommercialUse, R"(["Image","RentCivit"])"},
            {Field::AllowDerivatives, "true"}, {Field::AllowDifferentLicense, "false"}, {Field::BaseModel, R"("Pony")"},
            {Field::ModelType, R"("Checkpoint")"}, {Field::TriggerWords, R"(["score_9","score_8_up, score_7_up"])"},
            {Field::Tags, R"(["base model"])"}, {Field::Nsfw, "false"}, {Field::Date, R"("2024-01-07T00:00:00Z")"},
            {Field::DownloadUrl, R"("https://civitai.com/api/download/models/290640")"},
            {Field::CivitaiModelId, "257749"}, {Field::CivitaiVersionId, "290640"},
            {Field::SourceUrl, R"("https://civitai.com/models/257749?modelVersionId=290640")"},
            {Field::Air, R"("urn:air:sdxl:checkpoint:civitai:257749@290640")"}, {Field::Sha256, "\"" + kSha + "\""},
            {Field::AutoV1, R"("0f1b80cf")"}, {Field::AutoV2, R"("67ab2fd8ec")"}, {Field::AutoV3, R"("6ce0161689b3")"},
            {Field::Crc32, R"("f4ac2f4d")"}, {Field::Blake3, "\"" + std::string(64, 'a') + "\""}});
    rows(SidecarDialect::CivitaiInfo, "{}", {{Field::Title, "-"}, {Field::SourceUrl, "-"}}); // looked up, not found
    rows(SidecarDialect::StabilityMatrix, kMatrix,
        {{Field::Title, R"("My dream")"}, {Field::Version, R"("v2")"}, {Field::Author, R"("me")"},
            {Field::Description, R"("<p>Hi</p>")"}, {Field::VersionDescription, R"("new")"},
            {Field::BaseModel, R"("SD 1.5")"}, {Field::ModelType, R"("LORA")"}, {Field::TriggerWords, R"(["hat"])"},
            {Field::Tags, R"(["style"])"}, {Field::Nsfw, "true"}, {Field::Sha256, "\"" + kSha + "\""},
            {Field::Crc32, R"("0000000a")"}, {Field::Blake3, "-"},
            {Field::SourceUrl, R"("https://civitai.com/models/7?modelVersionId=9")"}});
    rows(SidecarDialect::LoraManager, kLoraManager,
        {{Field::Title, R"("Dream")"}, {Field::Notes, "-"}, {Field::Tags, R"(["mine"])"}, {Field::Favorite, "true"},
            {Field::PreferredWeight, "0.6"}, {Field::BaseModel, "-"}, {Field::PreviewNsfwLevel, "4"},
            {Field::Sha256, "\"" + kSha + "\""}, {Field::AutoV3, R"("6ce0161689b3")"},
            {Field::TriggerWords, R"(["hat"])"}, {Field::CivitaiVersionId, "9"}, {Field::Crc32, R"("0000000a")"},
            {Field::SourceUrl, R"("https://civitai.com/models/7?modelVersionId=9")"}});
    rows(SidecarDialect::SwarmUi, kSwarm,
        {{Field::Title, R"("Dream")"}, {Field::Author, "-"}, {Field::Architecture, R"("stable-diffusion-xl-v1-base")"},
            {Field::Resolution, R"("1024x1024")"}, {Field::TriggerWords, R"(["hat"])"},
            {Field::Tags, R"(["a, b","c"])"}, {Field::TensorSha256, "\"" + kSha + "\""}});
    rows(SidecarDialect::SwarmUi, kOldSwarm, {{Field::Title, R"("Dream")"}, {Field::Description, R"("old")"}});
    rows(SidecarDialect::Description, " Some text.\n", {{Field::Description, R"("Some text.")"}});
    rows(SidecarDialect::LdmConfig, "model:\n  parameterization: v\n  unet_config:\n    in_channels: 9\n",
        {{Field::PredictionType, R"("v")"}, {Field::InChannels, "9"}});
}

void TestSidecarClaims::readsEachDialect()
{
    QFETCH(SidecarDialect, dialect);
    QFETCH(std::string, text);
    QFETCH(Field, field);
    QFETCH(std::string, expected);
    QCOMPARE(valueIn(dialect, text, field), expected);
}

void TestSidecarClaims::namesTheFileAsSource()
{
    Sidecar sidecar = sidecarOf(SidecarDialect::A1111, kA1111);
    QCOMPARE(claimsFromSidecar(sidecar, "x.safetensors").claims.front().source, std::string{"x.json"});
    sidecar.file.path = "/m/\xff\xfe.json";
    QCOMPARE(claimsFromSidecar(sidecar, "x").claims.front().source, std::string{"\xef\xbf\xbd\xef\xbf\xbd.json"});
}

void TestSidecarClaims::keepsUnknownFields_data()
{
    QTest::addColumn<SidecarDialect>("dialect");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("expected");
    QTest::newRow("a1111") << SidecarDialect::A1111 << std::string{R"({"notes": "a", "mine": {"b": 1}, "tags": 5})"}
                           << std::string{"mine tags "};
    QTest::newRow("civitai") << SidecarDialect::CivitaiInfo << kCivitai
                             << std::string{"createdAt stats model/poi creator/image images "};
    QTest::newRow("matrix") << SidecarDialect::StabilityMatrix << kMatrix
                            << std::string{"FileMetadata ImportedAt Stats Source "};
    QTest::newRow("lora manager") << SidecarDialect::LoraManager << kLoraManager
                                  << std::string{"file_name from_civitai civitai/customImages a field of tomorrow "};
    QTest::newRow("swarm") << SidecarDialect::SwarmUi << kSwarm << std::string{"modelspec.name modelspec.local "};
    QTest::newRow("a wrong hash") << SidecarDialect::CivitaiInfo
                                  << std::string{R"({"files": [{"hashes": {"SHA256": "no hash"}}]})"}
                                  << std::string{"files/hashes/SHA256 "};
}

void TestSidecarClaims::keepsUnknownFields()
{
    QFETCH(SidecarDialect, dialect);
    QFETCH(std::string, text);
    QFETCH(std::string, expected);
    QCOMPARE(unknownNames(claimsFromSidecar(sidecarOf(dialect, text), "x.safetensors")), expected);
}

void TestSidecarClaims::takesTheHashesOfItsOwnFile_data()
{
    QTest::addColumn<std::string>("files");
    QTest::addColumn<std::string>("expected");
    const std::string a = R"({"name": "a.safetensors", "primary": true, "hashes": {"CRC32": "aaaaaaaa"}})";
    const std::string x = R"({"name": "x.safetensors", "hashes": {"CRC32": "bbbbbbbb"}})";
    QTest::newRow("by its name") << "[" + a + "," + x + "]" << std::string{R"("bbbbbbbb")"};
    QTest::newRow("the only one, renamed") << "[" + a + "]" << std::string{R"("aaaaaaaa")"};
    QTest::newRow("nobody can say which") << "[" + a + "," + a + "]" << std::string{"-"};
    QTest::newRow("none") << std::string{"[]"} << std::string{"-"};
    QTest::newRow("no list") << std::string{"{\"name\": \"x.safetensors\"}"} << std::string{"-"};
    QTest::newRow("no objects") << std::string{"[5, null, \"x.safetensors\"]"} << std::string{"-"};
    QTest::newRow("no hashes") << std::string{R"([{"name": "x.safetensors", "hashes": 5}])"} << std::string{"-"};
}

void TestSidecarClaims::takesTheHashesOfItsOwnFile()
{
    QFETCH(std::string, files);
    QFETCH(std::string, expected);
    QCOMPARE(valueIn(SidecarDialect::CivitaiInfo, R"({"files": )" + files + "}", Field::Crc32), expected);
    QCOMPARE(valueIn(SidecarDialect::LoraManager, R"({"civitai": {"files": )" + files + "}}", Field::Crc32), expected);
    QCOMPARE(valueIn(SidecarDialect::A1111, R"({"files": )" + files + "}", Field::Crc32), std::string{"-"});
}

void TestSidecarClaims::ordersTheDialects()
{
    // What a user wrote stands above what was fetched, whatever file it stands in.
    const auto claims = [](SidecarDialect dialect, const std::string& text) {
        return claimsFromSidecar(sidecarOf(dialect, text), "x.safetensors");
    };
    const auto merged = mergeClaims({claims(SidecarDialect::StabilityMatrix, kMatrix),
        claims(SidecarDialect::CivitaiInfo, kCivitai), claims(SidecarDialect::SwarmUi, kSwarm)});
    const MetadataValue* title = merged.find(Field::Title);
    QCOMPARE(title->source, std::string{"x.cm-info.json"}); // UserTitle
    QCOMPARE(title->alternatives.size(), std::size_t{2});
    QCOMPARE(title->alternatives[0].source, std::string{"x.swarm.json"}); // the same as ModelName
    QCOMPARE(title->alternatives[1].source, std::string{"x.civitai.info"});
}

void TestSidecarClaims::survivesAnyTypes_data()
{
    QTest::addColumn<SidecarDialect>("dialect");
    QTest::addColumn<std::string>("text");
    const std::vector<std::pair<SidecarDialect, std::string>> samples{{SidecarDialect::A1111, kA1111},
        {SidecarDialect::CivitaiInfo, kCivitai}, {SidecarDialect::StabilityMatrix, kMatrix},
        {SidecarDialect::LoraManager, kLoraManager}, {SidecarDialect::SwarmUi, kSwarm}};
    for (const auto& [dialect, text] : samples)
        QTest::newRow(std::string{toText(dialect)}.c_str()) << dialect << text;
}

void TestSidecarClaims::survivesAnyTypes()
{
    // Every member of a sample, also of the objects in it, once with each of these values.
    QFETCH(SidecarDialect, dialect);
    QFETCH(std::string, text);
    const std::vector<Json> strange{nullptr, true, -1, 1e300, "", "\x01", Json::array(), Json::array({1, "a", nullptr}),
        Json::array({Json::object()}), Json::object(), Json{{"name", Json{{"name", 1}}}}};
    const Json sample = *parseJson(text);
    int tried = 0;
    const Json leaves = sample.flatten();
    for (const auto& [pointer, leaf] : leaves.items()) {
        for (Json::json_pointer place{pointer}; !place.empty(); place.pop_back()) {
            for (const Json& value : strange) {
                Json changed = sample;
                changed[place] = value;
                const auto claims = claimsFromSidecar(sidecarOf(dialect, writeJson(changed)), "x.safetensors");
                for (const MetadataClaim& claim : claims.claims)
                    QVERIFY(!claim.value.is_null());
                ++tried;
            }
        }
    }
    QVERIFY(tried > 50);
}

QTEST_APPLESS_MAIN(TestSidecarClaims)
#include "test_sidecar_claims.moc"

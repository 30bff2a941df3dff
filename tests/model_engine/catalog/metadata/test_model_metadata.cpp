// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/claim_reader.h"
#include "model_engine/core/naming.h"
#include "tests/model_engine/catalog/metadata/claims_fixture.h"

#include <QTest>

#include <algorithm>
#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

MetadataClaim title(const Json& value, const std::string& source, Authority authority)
{
    return {MetadataField::Title, value, source, authority};
}

SourceClaims saying(std::vector<MetadataClaim> claims) { return {std::move(claims), {}, 0}; }

/// "value (source) value (source) …", the value that is believed first.
std::string told(const ModelMetadata& metadata, MetadataField field)
{
    const MetadataValue* value = metadata.find(field);
    if (value == nullptr)
        return "-";
    std::string text = writeJson(value->value) + " (" + value->source + ")";
    for (const auto& other : value->alternatives)
        text += " " + writeJson(other.value) + " (" + other.source + ")";
    return text;
}

} // namespace

class TestModelMetadata : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesEveryField();
    void believesTheHigherAuthority_data();
    void believesTheHigherAuthority();
    void believesTheFirstAmongEquals();
    void keepsOtherValuesOnce();
    void knowsNothingOfNothing();
    void keepsWhatIsUnknown();
    void boundsWhatIsUnknown();
    void readsDocumentsByRules();
    void takesWrongTypesForUnknown();
};

void TestModelMetadata::namesEveryField()
{
    std::set<std::pair<MetadataGroup, std::string_view>> names;
    for (int number = 1; number <= static_cast<int>(MetadataField::Crc32); ++number) {
        const auto field = static_cast<MetadataField>(number);
        QVERIFY(groupOf(field) != MetadataGroup::None);
        QVERIFY2(isRegistrableName(toText(field)), std::string{toText(field)}.c_str());
        QVERIFY(names.insert({groupOf(field), toText(field)}).second);
    }
}

void TestModelMetadata::believesTheHigherAuthority_data()
{
    QTest::addColumn<Authority>("higher");
    QTest::addColumn<Authority>("lower");
    QTest::newRow("a user, the creator") << Authority::User << Authority::Creator;
    QTest::newRow("the creator, a website") << Authority::Creator << Authority::Website;
    QTest::newRow("a website, the training") << Authority::Website << Authority::Training;
    QTest::newRow("the training, the name") << Authority::Training << Authority::FileName;
}

void TestModelMetadata::believesTheHigherAuthority()
{
    QFETCH(Authority, higher);
    QFETCH(Authority, lower);
    const auto high = saying({title("high", "h", higher)});
    const auto low = saying({title("low", "l", lower)});
    const std::string expected = R"("high" (h) "low" (l))";
    QCOMPARE(told(mergeClaims({high, low}), MetadataField::Title), expected);
    QCOMPARE(told(mergeClaims({low, high}), MetadataField::Title), expected);
}

void TestModelMetadata::believesTheFirstAmongEquals()
{
    const auto merged =
        mergeClaims({saying({title("a", "1", Authority::User)}), saying({title("b", "2", Authority::User)})});
    QCOMPARE(told(merged, MetadataField::Title), std::string{R"("a" (1) "b" (2))"});
}

void TestModelMetadata::keepsOtherValuesOnce()
{
    const auto merged = mergeClaims({saying({title("a", "1", Authority::User), title("b", "2", Authority::Creator)}),
        saying({title("a", "3", Authority::Creator), title("b", "4", Authority::Website),
            title(Json::array({"b"}), "5", Authority::Training)})});
    QCOMPARE(told(merged, MetadataField::Title), std::string{R"("a" (1) "b" (2) ["b"] (5))"});
    QCOMPARE(told(merged, MetadataField::Notes), std::string{"-"});
}

void TestModelMetadata::knowsNothingOfNothing()
{
    QVERIFY(mergeClaims({}).fields.empty());
    QVERIFY(mergeClaims({SourceClaims{}, SourceClaims{}}).fields.empty());
}

void TestModelMetadata::keepsWhatIsUnknown()
{
    SourceClaims first;
    addUnknown(first, "a", "x.json", Json{{"deep", {1, 2}}});
    SourceClaims second;
    addUnknown(second, "b", "header", "text");
    second.unknownLeftOut = 3;
    const auto merged = mergeClaims({first, second});
    QCOMPARE(merged.unknown.size(), std::size_t{2});
    QCOMPARE(writeJson(merged.unknown[0].value), std::string{R"({"deep":[1,2]})"});
    QCOMPARE(merged.unknown[1].source, std::string{"header"});
    QCOMPARE(merged.unknownLeftOut, std::uint64_t{3});
}

void TestModelMetadata::boundsWhatIsUnknown()
{
    SourceClaims claims;
    addUnknown(claims, "long", "s", std::string(kLargestUnknownValue.value + 1, 'x'));
    QVERIFY(claims.unknown.front().value.is_null());
    QCOMPARE(claims.unknown.front().size.value, kLargestUnknownValue.value + 1);
    addUnknown(claims, std::string(kLargestUnknownValue.value + 1, 'k'), "s", 1);
    QCOMPARE(claims.unknownLeftOut, std::uint64_t{1});
    for (std::size_t i = 0; i < kMostUnknownFields; ++i)
        addUnknown(claims, std::to_string(i), "s", 1);
    QCOMPARE(claims.unknown.size(), kMostUnknownFields);
    QCOMPARE(claims.unknownLeftOut, std::uint64_t{2});
}

void TestModelMetadata::readsDocumentsByRules()
{
    const std::vector<MetadataRule> rules{
        {"model/name", MetadataField::Title, readText, Authority::Website},
        {"name", MetadataField::Version, readText, Authority::Website},
        {"boring", MetadataField::None, readNothing, Authority::Website},
    };
    const Json document{{"name", "v1"}, {"model", {{"name", "Dream"}, {"poi", false}}}, {"boring", {1, 2}},
        {"modelled", 1}, {"stats", {{"count", 5}}}};
    const auto claims = claimsFromDocument(document, rules, "x.civitai.info");
    QCOMPARE(valueOf(claims, MetadataField::Title), std::string{R"("Dream")"});
    QCOMPARE(valueOf(claims, MetadataField::Version), std::string{R"("v1")"});
    QCOMPARE(unknownNames(claims), std::string{"model/poi modelled stats "});
    QVERIFY(std::ranges::all_of(claims.claims, [](const auto& claim) { return claim.source == "x.civitai.info"; }));
}

void TestModelMetadata::takesWrongTypesForUnknown()
{
    const std::vector<MetadataRule> rules{{"model/name", MetadataField::Title, readText, Authority::Website},
        {"tags", MetadataField::Tags, readTexts, Authority::Website}};
    QCOMPARE(unknownNames(claimsFromDocument({{"model", 5}, {"tags", true}}, rules, "s")), std::string{"model tags "});
    QCOMPARE(
        unknownNames(claimsFromDocument({{"model", {{"name", Json::array()}}}}, rules, "s")), std::string{"model "});
    QCOMPARE(unknownNames(claimsFromDocument({{"model", nullptr}, {"tags", nullptr}}, rules, "s")),
        std::string{"model "}); // tags that say nothing are known
}

QTEST_APPLESS_MAIN(TestModelMetadata)
#include "test_model_metadata.moc"

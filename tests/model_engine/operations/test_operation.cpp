// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/operation.h"
#include "tests/support/bad_values.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

OperationSpec specWith(std::vector<FieldSpec> fields)
{
    OperationSpec spec{.family = "test",
        .name = "post_test",
        .summary = "A test.",
        .fields = std::move(fields),
        .errors = {},
        .answer = "nothing",
        .handler = {}};
    spec.handler = [](const Arguments&, JobContext*) -> Result<Json> { return Json{}; };
    return spec;
}

} // namespace

class TestOperation : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void refusesStrangeValues_data();
    void refusesStrangeValues();
    void takesWhatClearsAField_data();
    void takesWhatClearsAField();
    void keepsIntegersWithinLimits_data();
    void keepsIntegersWithinLimits();
    void keepsListsWithinLimits_data();
    void keepsListsWithinLimits();
    void takesOnlyWhatIsAllowed();
    void refusesUnknownAndMissingFields();
    void refusesWhatIsNoObject();
    void givesArguments();
    void findsOperations();
};

void TestOperation::refusesStrangeValues_data()
{
    QTest::addColumn<FieldType>("type");
    QTest::newRow("text") << FieldType::Text;
    QTest::newRow("path") << FieldType::Path;
    QTest::newRow("integer") << FieldType::Integer;
    QTest::newRow("boolean") << FieldType::Boolean;
    QTest::newRow("list of texts") << FieldType::TextList;
    QTest::newRow("list of paths") << FieldType::PathList;
    QTest::newRow("list of integers") << FieldType::IntegerList;
    QTest::newRow("number") << FieldType::Number;
}

void TestOperation::refusesStrangeValues()
{
    QFETCH(FieldType, type);
    const FieldSpec field{.name = "field", .type = type, .help = "A field.", .minimum = 0, .maximum = 100};
    const OperationSpec spec = specWith({field});
    VERIFY_RESULT(validate(spec, {{"field", goodValue(field)}}));
    for (const Json& value : strangeValues()) {
        const auto checked = validate(spec, {{"field", value}});
        const std::string text = writeJson(value);
        if (checked) {
            QVERIFY2(isOfType(value, type), text.c_str());
            continue;
        }
        // Refused though it is of the type: because of the limits, which hold for numbers and for lists.
        const bool isOutside = value.is_number() || value.is_array();
        QVERIFY2(!isOfType(value, type) || isOutside, text.c_str());
        VERIFY_ERROR(checked, ErrorCode::InvalidValue);
        QCOMPARE(checked.error().context.field, std::string{"field"});
        QCOMPARE(checked.error().context.operation, std::string{"post_test"});
        QVERIFY(checked.error().detail.find("'field'") != std::string::npos);
    }
}

void TestOperation::takesWhatClearsAField_data()
{
    QTest::addColumn<FieldType>("type");
    QTest::addColumn<Json>("value");
    QTest::addColumn<bool>("isGood");
    const auto row = [](const char* name, FieldType type, Json value, bool isGood) {
        QTest::newRow(name) << type << std::move(value) << isGood;
    };
    row("no text", FieldType::Text, nullptr, true);
    row("empty text", FieldType::Text, "", true);
    row("a text of nothing", FieldType::Text, std::string(1, '\0'), false);
    row("an empty list for a text", FieldType::Text, Json::array(), false);
    row("no list", FieldType::TextList, nullptr, true);
    row("empty list", FieldType::TextList, Json::array(), true);
    row("a list of nothing", FieldType::TextList, Json::array({""}), false);
    row("an empty text for a list", FieldType::TextList, "", false);
    row("no number", FieldType::Number, nullptr, true);
    row("an empty text for a number", FieldType::Number, "", false);
    row("neither true nor false", FieldType::Boolean, nullptr, true);
    row("an empty object", FieldType::Text, Json::object(), false);
}

void TestOperation::takesWhatClearsAField()
{
    QFETCH(FieldType, type);
    QFETCH(Json, value);
    QFETCH(bool, isGood);
    const FieldSpec field{.name = "field", .type = type, .help = "A field.", .minimum = 1, .clearing = Clearing::Yes};
    const auto checked = validate(specWith({field}), {{"field", value}});
    if (isGood)
        VERIFY_RESULT(checked);
    else
        VERIFY_ERROR(checked, ErrorCode::InvalidValue);
    FieldSpec firm = field;
    firm.clearing = Clearing::No;
    VERIFY_ERROR(validate(specWith({firm}), {{"field", value}}), ErrorCode::InvalidValue);
}

void TestOperation::keepsIntegersWithinLimits_data()
{
    constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
    QTest::addColumn<Json>("value");
    QTest::addColumn<qint64>("minimum");
    QTest::addColumn<qint64>("maximum");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("at the lower limit") << Json(1) << qint64{1} << qint64{9} << true;
    QTest::newRow("at the upper limit") << Json(9) << qint64{1} << qint64{9} << true;
    QTest::newRow("below") << Json(0) << qint64{1} << qint64{9} << false;
    QTest::newRow("above") << Json(10) << qint64{1} << qint64{9} << false;
    QTest::newRow("negative") << Json(-5) << qint64{-5} << qint64{-1} << true;
    QTest::newRow("largest") << Json(kHighest) << qint64{kLowest} << qint64{kHighest} << true;
    QTest::newRow("smallest") << Json(kLowest) << qint64{kLowest} << qint64{kHighest} << true;
    QTest::newRow("wraps to -1") << Json(std::numeric_limits<std::uint64_t>::max()) << qint64{kLowest}
                                 << qint64{kHighest} << false;
    QTest::newRow("wraps to the smallest")
        << Json(std::uint64_t{1} << 63U) << qint64{kLowest} << qint64{kHighest} << false;
    QTest::newRow("a fraction without one") << Json(5.0) << qint64{1} << qint64{9} << false;
}

void TestOperation::keepsIntegersWithinLimits()
{
    QFETCH(Json, value);
    QFETCH(qint64, minimum);
    QFETCH(qint64, maximum);
    QFETCH(bool, isGood);
    const auto spec = specWith({{.name = "number",
        .type = FieldType::Integer,
        .presence = Presence::Required,
        .help = "A number.",
        .minimum = minimum,
        .maximum = maximum}});
    const auto checked = validate(spec, {{"number", value}});
    if (isGood) {
        VERIFY_RESULT(checked);
        QCOMPARE(checked->integer("number", 0), value.get<std::int64_t>());
    } else {
        VERIFY_ERROR(checked, ErrorCode::InvalidValue);
    }
}

void TestOperation::keepsListsWithinLimits_data()
{
    QTest::addColumn<std::size_t>("length");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("empty") << std::size_t{0} << false;
    QTest::newRow("shortest") << std::size_t{1} << true;
    QTest::newRow("longest") << std::size_t{3} << true;
    QTest::newRow("too long") << std::size_t{4} << false;
    QTest::newRow("much too long") << std::size_t{100'000} << false;
}

void TestOperation::keepsListsWithinLimits()
{
    QFETCH(std::size_t, length);
    QFETCH(bool, isGood);
    for (const FieldType type : {FieldType::TextList, FieldType::PathList, FieldType::IntegerList}) {
        const FieldSpec field{.name = "list", .type = type, .help = "A list.", .minimum = 1, .maximum = 3};
        const Json item = goodValue(field).front(); // 1048576, say: the limits are those of the length
        const auto checked = validate(specWith({field}), {{"list", std::vector<Json>(length, item)}});
        if (isGood)
            VERIFY_RESULT(checked);
        else
            VERIFY_ERROR(checked, ErrorCode::InvalidValue);
    }
}

void TestOperation::takesOnlyWhatIsAllowed()
{
    const auto spec = specWith({
        {.name = "size", .type = FieldType::Text, .help = "A size.", .allowed = {"small", "full"}},
        {.name = "kinds", .type = FieldType::TextList, .help = "Kinds.", .minimum = 1, .allowed = {"lora", "vae"}},
    });
    VERIFY_RESULT(validate(spec, {{"size", "full"}, {"kinds", {"vae", "lora", "vae"}}}));
    for (const char* size : {"Full", "full ", "ful", "fulll", "lora"}) {
        const auto checked = validate(spec, {{"size", size}});
        VERIFY_ERROR(checked, ErrorCode::InvalidValue);
        QVERIFY(checked.error().detail.find("small, full") != std::string::npos);
    }
    const auto checked = validate(spec, {{"kinds", {"vae", "unet"}}});
    VERIFY_ERROR(checked, ErrorCode::InvalidValue);
    QCOMPARE(checked.error().context.field, std::string{"kinds"});
}

void TestOperation::refusesUnknownAndMissingFields()
{
    const auto spec = specWith({
        {.name = "model_id", .type = FieldType::Text, .presence = Presence::Required, .help = "A model."},
        {.name = "verify", .type = FieldType::Boolean, .help = "Whether."},
    });
    for (const char* name : {"modelId", "ModelId", "model_ids", "", "verify ", "\xff"}) {
        const auto checked = validate(spec, {{"model_id", "x"}, {name, 1}});
        VERIFY_ERROR(checked, ErrorCode::UnknownField);
        QCOMPARE(checked.error().context.field, std::string{name});
    }
    for (const Json& request : {Json::object(), Json{{"verify", true}}}) {
        const auto checked = validate(spec, request);
        VERIFY_ERROR(checked, ErrorCode::MissingField);
        QCOMPARE(checked.error().context.field, std::string{"model_id"});
    }
    VERIFY_ERROR(validate(spec, {{"model_id", nullptr}}), ErrorCode::InvalidValue); // null is not "left out"
}

void TestOperation::refusesWhatIsNoObject()
{
    for (const Json& request : {Json(nullptr), Json(5), Json("text"), Json::array(), Json(true)})
        VERIFY_ERROR(validate(specWith({}), request), ErrorCode::InvalidValue);
    VERIFY_RESULT(validate(specWith({}), Json::object()));
}

void TestOperation::givesArguments()
{
    const auto spec = specWith({
        {.name = "text", .type = FieldType::Text, .help = "."},
        {.name = "number", .type = FieldType::Integer, .help = "."},
        {.name = "flag", .type = FieldType::Boolean, .help = "."},
        {.name = "list", .type = FieldType::TextList, .help = "."},
    });
    const auto none = validate(spec, Json::object());
    VERIFY_RESULT(none);
    QVERIFY(!none->has("text"));
    QCOMPARE(none->text("text", "otherwise"), std::string{"otherwise"});
    QCOMPARE(none->integer("number", -7), -7);
    QCOMPARE(none->boolean("flag", true), true);
    QVERIFY(none->texts("list").empty());
    const auto all = validate(spec, {{"text", "a"}, {"number", 3}, {"flag", false}, {"list", {"x", "y"}}});
    VERIFY_RESULT(all);
    QVERIFY(all->has("text"));
    QCOMPARE(all->text("text", "otherwise"), std::string{"a"});
    QCOMPARE(all->integer("number", -7), 3);
    QCOMPARE(all->boolean("flag", true), false);
    QCOMPARE(all->texts("list").size(), 2U);
}

void TestOperation::findsOperations()
{
    OperationRegistry registry;
    QVERIFY(!registry.find("test.post_test"));
    registry.add(specWith({}));
    QVERIFY(registry.find("test.post_test"));
    QCOMPARE(registry.all().size(), 1U);
    for (const char* name : {"post_test", "test.", "test.post_tes", "Test.PostTest", "test.post_test ", ""})
        QVERIFY2(!registry.find(name), name);
}

QTEST_APPLESS_MAIN(TestOperation)
#include "test_operation.moc"

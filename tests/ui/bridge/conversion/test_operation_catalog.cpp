// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/operation_catalog.h"

#include <QTest>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using engine::FieldType;

namespace {

engine::OperationSpec spec(engine::Name family, engine::Name name, std::vector<engine::FieldSpec> fields = {})
{
    return {.family = family,
        .name = name,
        .summary = "What it does.",
        .fields = std::move(fields),
        .errors = {},
        .answer = "rows",
        .handler = {}};
}

OperationView viewOf(engine::OperationSpec declared)
{
    engine::OperationRegistry registry;
    registry.add(std::move(declared));
    return operationViews(registry).first();
}

OperationFieldView fieldOf(engine::FieldSpec field) { return viewOf(spec("test", "get_it", {field})).fields.first(); }

} // namespace

class TestOperationCatalog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void allOfARegistryInItsOrder();
    void whatIsDeclaredIsThere();
    void deletionsAskFirst();
    void someNeedAConnection();
    void fields_data();
    void fields();
    void limits_data();
    void limits();
};

void TestOperationCatalog::allOfARegistryInItsOrder()
{
    engine::OperationRegistry registry;
    registry.add(spec("model", "get_model"));
    registry.add(spec("worker", "scan_all"));
    registry.add(spec("model", "delete_model"));
    QStringList names;
    for (const OperationView& view : operationViews(registry))
        names.append(view.name + QLatin1Char('|') + view.family + QLatin1Char('|') + view.shortName());
    QCOMPARE(names,
        (QStringList{QStringLiteral("model.get_model|model|get_model"),
            QStringLiteral("worker.scan_all|worker|scan_all"),
            QStringLiteral("model.delete_model|model|delete_model")}));
}

void TestOperationCatalog::whatIsDeclaredIsThere()
{
    engine::OperationSpec declared = spec("model", "get_model",
        {{.name = "model_id", .type = FieldType::Text, .presence = engine::Presence::Required, .help = "Which one."}});
    declared.duration = engine::Duration::Long;
    declared.errors = {engine::ErrorCode::ModelNotFound, engine::ErrorCode::Busy};
    const OperationView view = viewOf(std::move(declared));
    QCOMPARE(view.summary, QStringLiteral("What it does."));
    QCOMPARE(view.answer, QStringLiteral("rows"));
    QCOMPARE(view.errors, (QStringList{QStringLiteral("model_not_found"), QStringLiteral("busy")}));
    QCOMPARE(view.routes, QStringList{QStringLiteral("GET /api/models/{modelId}")});
    QVERIFY(view.isLong && !view.needsConnection && !view.asksFirst);
    QVERIFY(view.fields.first().isRequired);
    QCOMPARE(view.fields.first().help, QStringLiteral("Which one."));
}

void TestOperationCatalog::deletionsAskFirst()
{
    QVERIFY(viewOf(spec("model", "delete_model")).asksFirst);
    QVERIFY(!viewOf(spec("model", "get_model")).asksFirst);
    QVERIFY(!viewOf(spec("model", "undelete_model")).asksFirst);
}

void TestOperationCatalog::someNeedAConnection()
{
    engine::OperationSpec declared = spec("sharing", "get_lease");
    declared.caller = engine::Caller::Connected;
    const OperationView view = viewOf(std::move(declared));
    QVERIFY(view.needsConnection);
    QVERIFY(view.routes.isEmpty());
}

void TestOperationCatalog::fields_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<OperationFieldKind>("kind");
    const auto row = [](const char* name, FieldType type, OperationFieldKind kind) {
        QTest::newRow(name) << static_cast<int>(type) << kind;
    };
    row("text", FieldType::Text, OperationFieldKind::Text);
    row("path", FieldType::Path, OperationFieldKind::Path);
    row("integer", FieldType::Integer, OperationFieldKind::Integer);
    row("number", FieldType::Number, OperationFieldKind::Number);
    row("boolean", FieldType::Boolean, OperationFieldKind::Boolean);
    row("text list", FieldType::TextList, OperationFieldKind::TextList);
    row("path list", FieldType::PathList, OperationFieldKind::PathList);
    row("integer list", FieldType::IntegerList, OperationFieldKind::IntegerList);
    row("of a type that has no editor", static_cast<FieldType>(99), OperationFieldKind::Json);
}

void TestOperationCatalog::fields()
{
    QFETCH(const int, type);
    QFETCH(const OperationFieldKind, kind);
    QCOMPARE(fieldOf({.name = "it", .type = static_cast<FieldType>(type), .help = {}}).kind, kind);
    // A text with a closed set of values is chosen.
    const OperationFieldView closed =
        fieldOf({.name = "it", .type = static_cast<FieldType>(type), .help = {}, .allowed = {"a", "b"}});
    QCOMPARE(closed.kind, kind == OperationFieldKind::Text ? OperationFieldKind::Choice : kind);
    QCOMPARE(closed.choices, (QStringList{QStringLiteral("a"), QStringLiteral("b")}));
}

void TestOperationCatalog::limits_data()
{
    QTest::addColumn<engine::FieldSpec>("field");
    QTest::addColumn<QString>("text");
    using engine::FieldSpec;
    QTest::newRow("none") << FieldSpec{.name = "it", .type = FieldType::Integer, .help = {}} << QString();
    QTest::newRow("both")
        << FieldSpec{.name = "it", .type = FieldType::Integer, .help = {}, .minimum = -1, .maximum = 5'000}
        << QStringLiteral("from -1 to 5000");
    QTest::newRow("least") << FieldSpec{.name = "it", .type = FieldType::Integer, .help = {}, .minimum = 1}
                           << QStringLiteral("1 or more");
    QTest::newRow("most") << FieldSpec{.name = "it", .type = FieldType::Integer, .help = {}, .maximum = 9}
                          << QStringLiteral("no more than 9");
    QTest::newRow("list")
        << FieldSpec{.name = "it", .type = FieldType::TextList, .help = {}, .minimum = 1, .maximum = 8}
        << QStringLiteral("1 to 8 entries");
    QTest::newRow("list that may be empty")
        << FieldSpec{.name = "it", .type = FieldType::PathList, .help = {}, .minimum = 0, .maximum = 8}
        << QStringLiteral("no more than 8 entries");
    QTest::newRow("list, least") << FieldSpec{.name = "it", .type = FieldType::IntegerList, .help = {}, .minimum = 2}
                                 << QStringLiteral("2 or more entries");
    QTest::newRow("a text has none")
        << FieldSpec{.name = "it", .type = FieldType::Text, .help = {}, .minimum = 1, .maximum = 2} << QString();
}

void TestOperationCatalog::limits()
{
    QFETCH(const engine::FieldSpec, field);
    QFETCH(const QString, text);
    QCOMPARE(fieldOf(field).limits, text);
}

QTEST_GUILESS_MAIN(TestOperationCatalog)
#include "test_operation_catalog.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/operation_request.h"

#include <QProcess>
#include <QTest>

using namespace weightroom::ui;

namespace {

using Kind = OperationFieldKind;

OperationView operation(Kind kind)
{
    OperationView view{.family = QStringLiteral("test"), .name = QStringLiteral("test.get_it")};
    view.fields = {{.name = QStringLiteral("it"), .kind = kind, .help = {}}};
    return view;
}

OperationInput typed(const QString& text, const QString& further = {})
{
    return {{QStringLiteral("it"), text}, {kFurtherFields, further}};
}

} // namespace

class TestOperationRequest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void values_data();
    void values();
    void whatIsNoJsonIsSaidAtItsField_data();
    void whatIsNoJsonIsSaidAtItsField();
    void furtherFieldsGoBeforeTheOthers();
    void aShellTakesTheCommandAsItIs_data();
    void aShellTakesTheCommandAsItIs();
};

void TestOperationRequest::values_data()
{
    QTest::addColumn<OperationFieldKind>("kind");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("json");
    const auto row = [](const char* name, Kind kind, const char* text, const char* json) {
        QTest::newRow(name) << kind << QString::fromUtf8(text) << QByteArray(json);
    };
    row("nothing", Kind::Text, "", "{}");
    row("text", Kind::Text, " 12 \"x\" ä", R"({"it":" 12 \"x\" ä"})");
    row("path", Kind::Path, "/a b", R"({"it":"/a b"})");
    row("choice", Kind::Choice, "always", R"({"it":"always"})");
    row("integer", Kind::Integer, " -9007199254740993 ", R"({"it":-9007199254740993})");
    row("integer beyond the signed", Kind::Integer, "18446744073709551615", R"({"it":18446744073709551615})");
    row("no integer, for the engine to refuse", Kind::Integer, "1.5", R"({"it":1.5})");
    row("no number", Kind::Integer, "ten", R"({"it":"ten"})");
    row("what is JSON and no number", Kind::Integer, "true", R"({"it":"true"})");
    row("number", Kind::Number, "0.25", R"({"it":0.25})");
    row("true", Kind::Boolean, "true", R"({"it":true})");
    row("false", Kind::Boolean, "false", R"({"it":false})");
    row("list", Kind::TextList, "a, b\n\n  \n c", R"({"it":["a, b"," c"]})");
    row("list of nothing", Kind::TextList, "\n", R"({"it":[]})");
    row("paths", Kind::PathList, "/a\n/b", R"({"it":["/a","/b"]})");
    row("integers", Kind::IntegerList, "1, 2;3\n4 x", R"({"it":[1,2,3,4,"x"]})");
    row("json", Kind::Json, R"( [{"a": null}] )", R"({"it":[{"a":null}]})");
}

void TestOperationRequest::values()
{
    QFETCH(const OperationFieldKind, kind);
    QFETCH(const QString, text);
    QFETCH(const QByteArray, json);
    const OperationRequest request = operationRequest(operation(kind), typed(text));
    QCOMPARE(request.json, json);
    QVERIFY(request.problem.isEmpty());
}

void TestOperationRequest::whatIsNoJsonIsSaidAtItsField_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("further");
    QTest::addColumn<QString>("field");
    QTest::newRow("a field") << QStringLiteral("[1,") << QString() << QStringLiteral("it");
    QTest::newRow("further fields") << QString() << QStringLiteral("{\"a\": }") << QString(kFurtherFields);
    QTest::newRow("further fields that are no object") << QString() << QStringLiteral("[1]") << QString(kFurtherFields);
    QTest::newRow("a name twice") << QString() << QStringLiteral("{\"a\": 1, \"a\": 2}") << QString(kFurtherFields);
}

void TestOperationRequest::whatIsNoJsonIsSaidAtItsField()
{
    QFETCH(const QString, text);
    QFETCH(const QString, further);
    QFETCH(const QString, field);
    const OperationRequest request = operationRequest(operation(Kind::Json), typed(text, further));
    QCOMPARE(request.problemField, field);
    QVERIFY2(request.problem.contains(QStringLiteral("JSON")), qPrintable(request.problem));
    QVERIFY(request.json.isEmpty());
}

void TestOperationRequest::furtherFieldsGoBeforeTheOthers()
{
    const OperationRequest request =
        operationRequest(operation(Kind::Text), typed(QStringLiteral("a"), QStringLiteral(R"({"b": "", "it": null})")));
    QCOMPARE(request.json, QByteArray(R"({"it":null,"b":""})"));
}

void TestOperationRequest::aShellTakesTheCommandAsItIs_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("plain") << QStringLiteral("a");
    QTest::newRow("quotes") << QStringLiteral("it's \"a\" 'b'");
    QTest::newRow("what a shell would do") << QStringLiteral("$(touch /tmp/x) `x` $HOME \\ ! * ~");
    QTest::newRow("lines") << QStringLiteral("a\nb");
}

void TestOperationRequest::aShellTakesTheCommandAsItIs()
{
    QFETCH(const QString, text);
    const QByteArray json = operationRequest(operation(Kind::Text), typed(text)).json;
    const QString command = operationCommand(QStringLiteral("test.get_it"), json);
    QVERIFY2(command.startsWith(QStringLiteral("weightroomctl call test.get_it '")), qPrintable(command));
    QProcess shell;
    shell.start(QStringLiteral("/bin/sh"),
        {QStringLiteral("-c"), QStringLiteral("set -- %1; printf '%s\\n' \"$@\"").arg(command)});
    QVERIFY(shell.waitForFinished());
    QCOMPARE(shell.readAllStandardOutput(), QByteArray("weightroomctl\ncall\ntest.get_it\n" + json + '\n'));
}

QTEST_GUILESS_MAIN(TestOperationRequest)
#include "test_operation_request.moc"

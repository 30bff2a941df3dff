// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/operation_form.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTest>

#include <algorithm>

using namespace weightroom::ui;

namespace {

using Kind = OperationFieldKind;

OperationFieldView field(const char* name, Kind kind, bool isRequired = false)
{
    return {.name = QString::fromLatin1(name),
        .kind = kind,
        .isRequired = isRequired,
        .help = QStringLiteral("Help of %1.").arg(QString::fromLatin1(name))};
}

OperationView operation(const QList<OperationFieldView>& fields)
{
    OperationView view{.family = QStringLiteral("test"), .name = QStringLiteral("test.get_it")};
    view.fields = fields;
    return view;
}

template <class Editor>
Editor* editor(const OperationForm& form, const char* name)
{
    return form.findChild<Editor*>(QStringLiteral("operationField_") + QString::fromLatin1(name));
}

bool hasText(const OperationForm& form, const QString& text)
{
    const QList<QLabel*> labels = form.findChildren<QLabel*>();
    return std::ranges::any_of(labels, [&](const QLabel* label) { return label->text() == text; });
}

} // namespace

class TestOperationForm : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachKindHasItsEditor();
    void namesAndHelpAreSeenAndHeard();
    void leftAloneItHoldsNothing();
    void choicesBeginWithNone();
    void suggestionsLeaveAloneWhatWasTyped();
    void problemsStandAtTheirField();
    void withoutFieldsItSaysSo();
};

void TestOperationForm::eachKindHasItsEditor()
{
    const OperationForm form(
        operation({field("text", Kind::Text), field("path", Kind::Path), field("integer", Kind::Integer),
            field("number", Kind::Number), field("boolean", Kind::Boolean), field("texts", Kind::TextList),
            field("paths", Kind::PathList), field("integers", Kind::IntegerList), field("json", Kind::Json)}));
    for (const char* name : {"text", "path", "integer", "number"})
        QVERIFY2(editor<QLineEdit>(form, name) != nullptr, name);
    QCOMPARE(editor<QComboBox>(form, "boolean")->count(), 3);
    for (const char* name : {"texts", "paths", "integers", "json", kFurtherFields.latin1()})
        QVERIFY2(editor<QPlainTextEdit>(form, name) != nullptr, name);
    editor<QLineEdit>(form, "integer")->setText(QStringLiteral("12"));
    editor<QComboBox>(form, "boolean")->setCurrentIndex(2);
    editor<QPlainTextEdit>(form, "texts")->setPlainText(QStringLiteral("a\nb"));
    const OperationInput input = form.input();
    QCOMPARE(input.value(QStringLiteral("integer")), QStringLiteral("12"));
    QCOMPARE(input.value(QStringLiteral("boolean")), QStringLiteral("false"));
    QCOMPARE(input.value(QStringLiteral("texts")), QStringLiteral("a\nb"));
}

void TestOperationForm::namesAndHelpAreSeenAndHeard()
{
    OperationFieldView limited = field("count", Kind::Integer, true);
    limited.limits = QStringLiteral("from 1 to 9");
    OperationFieldView closed = field("kinds", Kind::TextList);
    closed.choices = {QStringLiteral("a"), QStringLiteral("b")};
    const OperationForm form(operation({limited, closed}));
    const auto* count = editor<QLineEdit>(form, "count");
    QCOMPARE(count->placeholderText(), QStringLiteral("from 1 to 9"));
    QCOMPARE(count->accessibleName(), QStringLiteral("count, must be filled"));
    QVERIFY(hasText(form, QStringLiteral("count *")) && hasText(form, QStringLiteral("kinds")));
    QVERIFY(hasText(form, QStringLiteral("Help of count. Limit: from 1 to 9.")));
    QCOMPARE(editor<QPlainTextEdit>(form, "kinds")->accessibleDescription(),
        QStringLiteral("Help of kinds. Allowed: a, b."));
}

void TestOperationForm::leftAloneItHoldsNothing()
{
    OperationFieldView choice = field("choice", Kind::Choice, true);
    choice.choices = {QStringLiteral("only")};
    const OperationForm form(operation({field("text", Kind::Text), choice, field("boolean", Kind::Boolean)}));
    const OperationInput input = form.input();
    QCOMPARE(input.size(), 4);
    for (const QString& text : input)
        QVERIFY(text.isEmpty());
}

void TestOperationForm::choicesBeginWithNone()
{
    OperationFieldView choice = field("choice", Kind::Choice);
    choice.choices = {QStringLiteral("a"), QStringLiteral("b")};
    OperationFieldView needed = choice;
    needed.name = QStringLiteral("needed");
    needed.isRequired = true;
    const OperationForm form(operation({choice, needed}));
    QCOMPARE(editor<QComboBox>(form, "choice")->itemText(0), QStringLiteral("Left out"));
    QCOMPARE(editor<QComboBox>(form, "needed")->itemText(0), QStringLiteral("Choose\u2026"));
    editor<QComboBox>(form, "choice")->setCurrentText(QStringLiteral("b"));
    QCOMPARE(form.input().value(QStringLiteral("choice")), QStringLiteral("b"));
}

void TestOperationForm::suggestionsLeaveAloneWhatWasTyped()
{
    OperationForm form(operation({field("model_id", Kind::Text, true), field("device_id", Kind::Text)}));
    auto* model = editor<QLineEdit>(form, "model_id");
    const auto suggest = [&](const char* text) {
        form.suggest(QStringLiteral("model_id"), QString::fromLatin1(text));
        return model->text();
    };
    QCOMPARE(suggest("a"), QStringLiteral("a"));
    QCOMPARE(suggest("b"), QStringLiteral("b"));
    QCOMPARE(suggest(""), QString());
    model->setText(QStringLiteral("mine"));
    QCOMPARE(suggest("c"), QStringLiteral("mine"));
    // What can be left out stays so: it would change what is asked for.
    form.suggest(QStringLiteral("device_id"), QStringLiteral("x"));
    QVERIFY(editor<QLineEdit>(form, "device_id")->text().isEmpty());
    form.suggest(QStringLiteral("none"), QStringLiteral("x"));
}

void TestOperationForm::problemsStandAtTheirField()
{
    OperationForm form(operation({field("a", Kind::Text), field("b", Kind::Text)}));
    form.show();
    QVERIFY(QTest::qWaitForWindowActive(&form));
    QCOMPARE(form.showProblem(QStringLiteral("b"), QStringLiteral("Bad.")), editor<QLineEdit>(form, "b"));
    QCOMPARE(form.focusWidget(), editor<QLineEdit>(form, "b"));
    const auto* problem = form.findChild<QLabel*>(QStringLiteral("operationProblem_b"));
    QVERIFY(problem->isVisible());
    QCOMPARE(problem->text(), QStringLiteral("Bad."));
    QVERIFY(!form.findChild<QLabel*>(QStringLiteral("operationProblem_a"))->isVisible());
    form.clearProblems();
    QVERIFY(!problem->isVisible());
    QVERIFY(form.showProblem(QStringLiteral("c"), QStringLiteral("Bad.")) == nullptr);
    form.focusFirst();
    QCOMPARE(form.focusWidget(), editor<QLineEdit>(form, "a"));
}

void TestOperationForm::withoutFieldsItSaysSo()
{
    const OperationForm form(operation({}));
    QVERIFY(hasText(form, QStringLiteral("It has no fields.")));
    QVERIFY(form.input().isEmpty());
}

QTEST_MAIN(TestOperationForm)
#include "test_operation_form.moc"

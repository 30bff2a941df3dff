// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/operation_form.h"

#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/field_label.h"
#include "ui/widgets/wheel_guard.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QFormLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr int kLinesShown = 3; ///< of an editor of several lines

QLineEdit* makeLine(const OperationFieldView& field)
{
    auto* line = new QLineEdit;
    line->setPlaceholderText(field.limits);
    return line;
}

/// The first entry is what is not sent.
QComboBox* makeChoices(const OperationFieldView& field, const QStringList& choices)
{
    auto* box = new QComboBox;
    box->addItem(field.isRequired ? OperationForm::tr("Choose\u2026", "in place of a value")
                                  : OperationForm::tr("Left out", "in place of a value"),
        QString());
    for (const QString& choice : choices)
        box->addItem(choice, choice);
    return box;
}

QPlainTextEdit* makeLines(const QString& placeholder)
{
    auto* lines = new QPlainTextEdit;
    lines->setPlaceholderText(placeholder);
    lines->setTabChangesFocus(true);
    lines->setLineWrapMode(QPlainTextEdit::NoWrap);
    constexpr int kFrame = 4 * kSpace;
    lines->setFixedHeight(lines->fontMetrics().lineSpacing() * kLinesShown + kFrame);
    return lines;
}

QWidget* makeEditor(const OperationFieldView& field)
{
    switch (field.kind) {
    case OperationFieldKind::Choice:
        return makeChoices(field, field.choices);
    case OperationFieldKind::Boolean:
        return makeChoices(field, {QStringLiteral("true"), QStringLiteral("false")});
    case OperationFieldKind::TextList:
    case OperationFieldKind::PathList:
        return makeLines(OperationForm::tr("One on each line", "in an empty field"));
    case OperationFieldKind::IntegerList:
        return makeLines(OperationForm::tr("Numbers, with commas or on lines", "in an empty field"));
    case OperationFieldKind::Json: {
        auto* json = makeLines(QStringLiteral("{\u2026}"));
        json->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
        return json;
    }
    case OperationFieldKind::None:
    case OperationFieldKind::Text:
    case OperationFieldKind::Path:
    case OperationFieldKind::Integer:
    case OperationFieldKind::Number:
        break;
    }
    return makeLine(field);
}

QString textIn(const QWidget& editor)
{
    if (const auto* box = qobject_cast<const QComboBox*>(&editor))
        return box->currentData().toString();
    if (const auto* lines = qobject_cast<const QPlainTextEdit*>(&editor))
        return lines->toPlainText();
    return qobject_cast<const QLineEdit*>(&editor)->text();
}

QString hintOf(const OperationFieldView& field)
{
    QStringList sentences{field.help};
    const bool isChoice = field.kind == OperationFieldKind::Choice;
    if (!isChoice && !field.choices.isEmpty())
        sentences.append(
            OperationForm::tr("Allowed: %1.", "values of a field").arg(field.choices.join(QStringLiteral(", "))));
    if (!field.limits.isEmpty())
        sentences.append(OperationForm::tr("Limit: %1.", "such as: from 1 to 100").arg(field.limits));
    return sentences.join(QLatin1Char(' '));
}

QLabel* makeNote(const QString& text, const char* role)
{
    QLabel* note = makeSentenceLabel(nullptr);
    note->setProperty("role", QLatin1String(role));
    note->setText(text);
    return note;
}

} // namespace

OperationForm::OperationForm(const OperationView& operation, QWidget* parent)
    : QWidget(parent)
    , m_layout(new QFormLayout(this))
    , m_line(new QLineEdit(this))
    , m_wheel(new WheelGuard(this))
{
    m_line->hide();
    // As high as the sentences are at its width: a size hint knows no width, and reserves far too much.
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Ignored);
    m_layout->setContentsMargins(0, 0, 2 * kSpace, 0);
    m_layout->setLabelAlignment(Qt::AlignLeft);
    m_layout->setVerticalSpacing(3 * kSpace);
    if (operation.fields.isEmpty()) {
        m_layout->addRow(makeNote(tr("It has no fields."), "muted"));
        return;
    }
    m_layout->addRow(makeNote(tr("Fields with * must be filled. What is left empty is not sent."), "muted"));
    for (const OperationFieldView& field : operation.fields)
        addRow(field, field.isRequired ? tr("%1 *", "a field that must be filled").arg(field.name) : field.name);
    addRow({.name = kFurtherFields,
               .kind = OperationFieldKind::Json,
               .help = tr("Values that the fields above cannot hold, as a JSON object, such as null or an empty text. "
                          "They go before those above.")},
        tr("More, as JSON", "label of a field"));
}

void OperationForm::addRow(const OperationFieldView& field, const QString& label)
{
    QWidget* editor = makeEditor(field);
    const QString hint = hintOf(field);
    editor->setObjectName(QStringLiteral("operationField_") + field.name);
    editor->setAccessibleName(field.isRequired ? tr("%1, must be filled", "accessible name").arg(field.name)
            : field.name == kFurtherFields     ? label
                                               : field.name);
    editor->setAccessibleDescription(hint);
    m_wheel->guard(*editor);
    QLabel* problem = makeNote({}, "danger");
    problem->setObjectName(QStringLiteral("operationProblem_") + field.name);
    auto* column = new QVBoxLayout;
    column->setSpacing(kSpace);
    column->addWidget(editor);
    column->addWidget(problem);
    column->addWidget(makeNote(hint, "muted"));
    problem->hide();
    auto* title = new FieldLabel(label, *m_line);
    title->setBuddy(editor);
    m_layout->addRow(title, column);
    m_rows.append({.name = field.name, .editor = editor, .problem = problem, .isRequired = field.isRequired});
}

OperationInput OperationForm::input() const
{
    OperationInput input;
    for (const Row& row : m_rows)
        input.insert(row.name, textIn(*row.editor));
    return input;
}

void OperationForm::suggest(const QString& field, const QString& text)
{
    const auto row = std::ranges::find(m_rows, field, &Row::name);
    auto* line = row == m_rows.end() ? nullptr : qobject_cast<QLineEdit*>(row->editor);
    if (line == nullptr || !row->isRequired || line->text() != row->suggested)
        return;
    row->suggested = text;
    line->setText(text);
    line->setCursorPosition(0);
}

QWidget* OperationForm::showProblem(const QString& field, const QString& sentence)
{
    const auto row = std::ranges::find(m_rows, field, &Row::name);
    if (row == m_rows.end())
        return nullptr;
    row->problem->setText(sentence);
    row->problem->show();
    arrange();
    row->editor->setFocus();
    return row->editor;
}

void OperationForm::clearProblems()
{
    for (const Row& row : std::as_const(m_rows))
        row.problem->hide();
    arrange();
}

/// Where all stands is known from then on. What is nested in a form is not asked anew, unless it is told.
void OperationForm::arrange()
{
    for (int i = 0; i < m_layout->count(); ++i)
        m_layout->itemAt(i)->invalidate();
    m_layout->invalidate();
    updateGeometry();
    m_layout->activate();
}

void OperationForm::focusFirst()
{
    if (!m_rows.isEmpty())
        m_rows.first().editor->setFocus();
}

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/sidecar_dialog.h"

#include "ui/dialogs/dialog_layout.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/field_label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleValidator>
#include <QFormLayout>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <string_view>

namespace weightroom::ui {
namespace {

enum class EditorKind : quint8 { None = 0, Line, Lines, List, Number, Switch, BaseModel };

struct FieldEditor {
    std::string_view field;
    const char* label;
    EditorKind kind;
};

constexpr std::array kEditors{
    FieldEditor{"title", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Title"), EditorKind::Line},
    FieldEditor{"description", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Description"), EditorKind::Lines},
    FieldEditor{"notes", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Notes"), EditorKind::Lines},
    FieldEditor{"trigger_words", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Trigger words"), EditorKind::List},
    FieldEditor{
        "preferred_weight", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Preferred weight"), EditorKind::Number},
    FieldEditor{
        "negative_text", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Negative prompt"), EditorKind::Line},
    FieldEditor{"base_model", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Base model"), EditorKind::BaseModel},
    FieldEditor{"vae", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "VAE"), EditorKind::Line},
    FieldEditor{"tags", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Tags"), EditorKind::List},
    FieldEditor{"favorite", QT_TRANSLATE_NOOP("weightroom::ui::SidecarDialog", "Favourite"), EditorKind::Switch},
};

/// The words that A1111 offers.
constexpr std::array kBaseModels{"SD1", "SD2", "SDXL", "Unknown"};

/// Of a field that is not in the table, nothing can be edited.
const FieldEditor* editorFor(const QString& field)
{
    const auto row = std::ranges::find_if(
        kEditors, [&](const FieldEditor& editor) { return field == QLatin1String(editor.field.data()); });
    return row == kEditors.end() ? nullptr : &*row;
}

QStringList partsOf(const QString& text)
{
    QStringList parts;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        if (!part.trimmed().isEmpty())
            parts.append(part.trimmed());
    }
    return parts;
}

QString programOf(const QString& dialect)
{
    if (dialect == QLatin1String("a1111"))
        return SidecarDialog::tr("AUTOMATIC1111 and Forge");
    if (dialect == QLatin1String("lora_manager"))
        return SidecarDialog::tr("LoRA Manager of ComfyUI");
    return dialect == QLatin1String("stability_matrix") ? SidecarDialog::tr("Stability Matrix") : dialect;
}

QWidget* makeBaseModelBox(const QVariant& value)
{
    auto* box = new QComboBox;
    box->addItem(SidecarDialog::tr("Not said", "choice"), QString());
    for (const char* word : kBaseModels)
        box->addItem(QString::fromLatin1(word), QString::fromLatin1(word));
    box->setCurrentIndex(std::max(0, box->findText(value.toString(), Qt::MatchFixedString)));
    return box;
}

/// Invalid when it cannot be read.
QVariant numberIn(const QLineEdit& line)
{
    bool isNumber = false;
    const double number = QLocale().toDouble(line.text(), &isNumber);
    return isNumber ? QVariant(number) : QVariant();
}

QVariant valueOf(const QWidget& editor, EditorKind kind)
{
    if (kind == EditorKind::Switch)
        return qobject_cast<const QCheckBox*>(&editor)->isChecked();
    if (kind == EditorKind::BaseModel)
        return qobject_cast<const QComboBox*>(&editor)->currentData();
    if (kind == EditorKind::Lines)
        return qobject_cast<const QPlainTextEdit*>(&editor)->toPlainText();
    const auto& line = *qobject_cast<const QLineEdit*>(&editor);
    if (kind == EditorKind::Number)
        return numberIn(line);
    return kind == EditorKind::List ? QVariant(partsOf(line.text())) : QVariant(line.text());
}

/// Whether something was typed that is no number: it must not be taken for an empty field, which is taken out.
bool isUnreadable(const QWidget& editor, EditorKind kind)
{
    const auto* line = qobject_cast<const QLineEdit*>(&editor);
    return kind == EditorKind::Number && !line->text().isEmpty() && !numberIn(*line).isValid();
}

} // namespace

SidecarDialog::SidecarDialog(const ModelDetails& details, const QString& modelName, QWidget* parent)
    : QDialog(parent)
    , m_modelId(details.modelId)
    , m_targets(details.sidecars)
    , m_target(new QComboBox(this))
    , m_form(new QFormLayout)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("sidecarDialog"));
    setWindowTitle(tr("Notes for other programs", "title of the dialog"));
    resize(620, 520);
    build(modelName);
    showTarget(0);
}

void SidecarDialog::build(const QString& modelName)
{
    auto* hint = makeSentenceLabel(this);
    hint->setProperty("role", QStringLiteral("muted"));
    hint->setText(tr("Written into the file in which that program keeps its own notes; everything else there stays."));
    m_target->setObjectName(QStringLiteral("sidecarTarget"));
    m_target->setAccessibleName(tr("Program", "accessible name"));
    // A long name of a file does not make the dialog wider than the screen.
    m_target->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_target->setMinimumContentsLength(40);
    for (const SidecarTarget& target : m_targets) {
        const QString text = target.exists ? tr("%1 \u00B7 %2", "program, file")
                                           : tr("%1 \u00B7 %2, which will be made", "program, file");
        m_target->addItem(text.arg(programOf(target.dialect), target.fileName));
    }
    connect(m_target, &QComboBox::currentIndexChanged, this, &SidecarDialog::showTarget);
    m_form->setLabelAlignment(Qt::AlignLeft);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    buttons->addButton(tr("Write", "button"), QDialogButtonBox::AcceptRole)
        ->setObjectName(QStringLiteral("confirmSidecar"));
    connect(buttons, &QDialogButtonBox::accepted, this, &SidecarDialog::request);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    QVBoxLayout* layout = makeDialogLayout(*this, modelName);
    layout->addWidget(hint);
    layout->addWidget(m_target);
    layout->addLayout(m_form, 1);
    layout->addWidget(buttons);
}

void SidecarDialog::showTarget(int number)
{
    while (m_form->rowCount() > 0)
        m_form->removeRow(0);
    m_editors.clear();
    m_shown.clear();
    for (const SidecarField& field : m_targets[number].fields) {
        QWidget* editor = makeEditor(field);
        m_editors.append(editor);
        // What the editor makes of the value, which may be cut or spelled otherwise: only what the user changes is
        // written.
        m_shown.append(editor == nullptr ? QVariant() : valueOf(*editor, editorFor(field.name)->kind));
        if (editor == nullptr)
            continue;
        const QString label = tr(editorFor(field.name)->label);
        editor->setObjectName(QStringLiteral("sidecar_") + field.name);
        editor->setAccessibleName(label);
        const bool hasOneLine = qobject_cast<QPlainTextEdit*>(editor) == nullptr;
        addFieldRow(*m_form, label, *editor, hasOneLine ? *editor : *m_target);
    }
}

QWidget* SidecarDialog::makeEditor(const SidecarField& field)
{
    const FieldEditor* row = editorFor(field.name);
    if (row == nullptr)
        return nullptr;
    if (row->kind == EditorKind::Switch) {
        auto* box = new QCheckBox;
        box->setChecked(field.value.toBool());
        return box;
    }
    if (row->kind == EditorKind::BaseModel)
        return makeBaseModelBox(field.value);
    if (row->kind == EditorKind::Lines) {
        auto* text = new QPlainTextEdit(field.value.toString());
        text->setTabChangesFocus(true);
        return text;
    }
    auto* line = new QLineEdit;
    if (row->kind == EditorKind::List) {
        line->setText(field.value.toStringList().join(QStringLiteral(", ")));
        line->setPlaceholderText(tr("separated by commas", "in an empty field"));
    } else if (row->kind == EditorKind::Number) {
        line->setText(field.value.isValid() ? QLocale().toString(field.value.toDouble()) : QString());
        line->setValidator(new QDoubleValidator(line));
    } else {
        line->setText(field.value.toString());
    }
    return line;
}

void SidecarDialog::request()
{
    const SidecarTarget& target = m_targets[m_target->currentIndex()];
    SidecarChange change{.modelId = m_modelId, .dialect = target.dialect, .fields = {}};
    for (qsizetype i = 0; i < target.fields.size(); ++i) {
        const SidecarField& field = target.fields[i];
        if (m_editors[i] == nullptr)
            continue;
        const EditorKind kind = editorFor(field.name)->kind;
        if (isUnreadable(*m_editors[i], kind))
            return m_editors[i]->setFocus();
        if (const QVariant value = valueOf(*m_editors[i], kind); value != m_shown[i])
            change.fields.append({field.name, value});
    }
    if (!change.fields.isEmpty())
        Q_EMIT requested(change);
    accept();
}

} // namespace weightroom::ui

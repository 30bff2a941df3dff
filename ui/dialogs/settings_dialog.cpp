// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/settings_dialog.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/dialogs/dialog_layout.h"
#include "ui/dialogs/setting_editors.h"
#include "ui/dialogs/setting_rows.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/field_label.h"
#include "ui/widgets/wheel_guard.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr QSize kSize(720, 640); ///< pixels: most hints are one line, and it fits on a screen of 768

QLabel* makeHint(const QString& text)
{
    QLabel* hint = makeSentenceLabel(nullptr);
    hint->setProperty("role", QStringLiteral("muted"));
    hint->setText(text);
    return hint;
}

/// The editor, with what it is about below it.
QVBoxLayout* withHint(QWidget* editor, const QString& text)
{
    auto* column = new QVBoxLayout;
    column->setSpacing(kSpace);
    column->addWidget(editor);
    column->addWidget(makeHint(text));
    return column;
}

/// A title over the rows that follow.
QVBoxLayout* makeHeading(const QString& title, const QString& hint)
{
    auto* label = new QLabel(title);
    label->setFont(scaledFont(label->font(), 1.15, QFont::DemiBold));
    label->setTextFormat(Qt::PlainText);
    QVBoxLayout* column = withHint(label, hint);
    column->setContentsMargins(0, 3 * kSpace, 0, 0);
    return column;
}

/// Why a feature is left alone, and until when.
QString fallenBackText(const FallenBackView& feature)
{
    const QString failed = SettingsDialog::tr("It is not used now, because it has failed again and again.");
    const QString again = feature.triedAgainAt.isValid()
        ? SettingsDialog::tr("It is tried again at %1.", "a time")
              .arg(QLocale().toString(feature.triedAgainAt.time(), QLocale::ShortFormat))
        : SettingsDialog::tr("It is tried again when it is needed next.");
    QStringList sentences{failed, feature.reason, again};
    sentences.removeAll(QString());
    return sentences.join(QLatin1Char(' '));
}

} // namespace

SettingsDialog::SettingsDialog(const SettingsView& settings, QWidget* parent)
    : QDialog(parent)
    , m_rows(new QScrollArea(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("settingsDialog"));
    setWindowTitle(tr("Settings", "title of the dialog"));
    build(settings);
    resize(kSize);
}

void SettingsDialog::build(const SettingsView& settings)
{
    auto* rows = new QWidget(this);
    // As high as the sentences are at its width: a size hint knows no width, and reserves far too much.
    rows->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Ignored);
    auto* form = new QFormLayout(rows);
    form->setContentsMargins(0, 0, 2 * kSpace, 0);
    form->setLabelAlignment(Qt::AlignLeft);
    form->setVerticalSpacing(3 * kSpace);
    addRows(*form, settings);
    m_rows->setWidgetResizable(true);
    m_rows->setFrameShape(QFrame::NoFrame);
    m_rows->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_rows->setWidget(rows);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    buttons->addButton(tr("Save", "button"), QDialogButtonBox::AcceptRole)
        ->setObjectName(QStringLiteral("confirmSettings"));
    connect(buttons, &QDialogButtonBox::accepted, this, &SettingsDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    QVBoxLayout* layout = makeDialogLayout(*this);
    layout->addWidget(m_rows, 1);
    layout->addWidget(buttons);
}

void SettingsDialog::addRows(QFormLayout& form, const SettingsView& settings)
{
    auto* wheel = new WheelGuard(this);
    for (const SettingRow& row : settingRows()) {
        const QString label = tr(row.label);
        if (row.kind == EditorKind::Heading) {
            form.addRow(makeHeading(label, tr(row.hint)));
            continue;
        }
        const QString name = QString::fromLatin1(row.name);
        const auto setting = std::ranges::find(settings.values, name, &SettingValue::name);
        if (setting == settings.values.end())
            continue;
        QWidget* editor = makeSettingEditor(*setting, row);
        editor->setObjectName(QStringLiteral("setting_") + name);
        editor->setAccessibleName(label);
        editor->setAccessibleDescription(tr(row.hint));
        wheel->guard(*editor);
        QVBoxLayout* column = withHint(editor, tr(row.hint));
        if (row.kind == EditorKind::Feature)
            column->addWidget(makeFallenBackNote(name, label));
        // A box has its label beside it; an empty one keeps it in line with the other editors.
        auto* title = new FieldLabel(hasBox(row.kind) ? QString() : label, *editor);
        title->setBuddy(editor);
        form.addRow(title, column);
        m_shown.append({name, editor, editedValue(*editor)});
    }
}

QWidget* SettingsDialog::makeFallenBackNote(const QString& name, const QString& label)
{
    auto* whole = new QWidget;
    QLabel* text = makeSentenceLabel(whole);
    text->setProperty("role", QStringLiteral("warning"));
    text->setObjectName(QStringLiteral("fallenBack_") + name);
    auto* again = new QToolButton(whole);
    again->setText(tr("Try it now", "button: uses a feature again that had failed"));
    again->setAccessibleName(tr("Try it now: %1", "accessible name, a setting").arg(label));
    again->setObjectName(QStringLiteral("useAgain_") + name);
    again->setProperty("role", QStringLiteral("link"));
    connect(again, &QToolButton::clicked, this, [this, name] { Q_EMIT useAgainRequested(name); });
    auto* row = new QHBoxLayout(whole);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2 * kSpace);
    row->addWidget(text, 1);
    row->addWidget(again, 0, Qt::AlignTop);
    whole->hide();
    m_fallenBack.insert(name, {whole, text});
    return whole;
}

void SettingsDialog::setFallenBack(const QList<FallenBackView>& features)
{
    for (const auto& [name, note] : m_fallenBack.asKeyValueRange()) {
        const auto feature = std::ranges::find(features, name, &FallenBackView::name);
        note.whole->setVisible(feature != features.end());
        if (feature == features.end())
            continue;
        note.text->setText(fallenBackText(*feature));
        note.text->setToolTip(plainToolTip(feature->detail));
    }
    // The rows keep the heights that they had, unless they are told: what is nested in a form is not asked anew.
    m_rows->widget()->layout()->activate();
    m_rows->widget()->updateGeometry();
}

void SettingsDialog::reveal(const QString& name)
{
    const auto shown = std::ranges::find(m_shown, name, &Shown::name);
    if (shown == m_shown.end())
        return;
    shown->editor->setFocus();
    const FallenBackNote note = m_fallenBack.value(name);
    m_rows->widget()->layout()->activate(); // where it stands is known from then on
    if (note.whole != nullptr)
        m_rows->ensureWidgetVisible(note.whole);
    m_rows->ensureWidgetVisible(shown->editor);
}

QString SettingsDialog::labelOf(const QString& name)
{
    for (const SettingRow& row : settingRows()) {
        if (row.name && name == QLatin1String(row.name))
            return tr(row.label);
    }
    return name;
}

void SettingsDialog::accept()
{
    SettingsView changes;
    for (const Shown& shown : std::as_const(m_shown)) {
        const QVariant value = editedValue(*shown.editor);
        if (!value.isValid()) {
            m_rows->ensureWidgetVisible(shown.editor);
            return shown.editor->setFocus();
        }
        // The editor rounds: what it makes of an untouched value is not written.
        if (value != shown.value)
            changes.values.append({shown.name, value});
    }
    if (!changes.values.isEmpty())
        Q_EMIT changed(changes);
    QDialog::accept();
}

} // namespace weightroom::ui

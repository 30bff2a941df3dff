// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/settings_dialog.h"

#include "ui/dialogs/dialog_layout.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/wheel_guard.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace weightroom::ui {
namespace {

enum class EditorKind : quint8 { None = 0, Size, SizeOrAutomatic, SizeOrNothing, Sizes, Switch, Choice, Seconds };

struct SettingRow {
    const char* name;
    const char* label;
    const char* hint;
    EditorKind kind;
};

/// In the order of the dialog.
constexpr std::array kRows{
    SettingRow{"cache_budget_bytes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "RAM cache"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "What cached models may hold at most."), EditorKind::Size},
    SettingRow{"memory_reserve_bytes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Left to other programs"),
        QT_TRANSLATE_NOOP(
            "weightroom::ui::SettingsDialog", "When less of the memory is free, the cache gives some of its own back."),
        EditorKind::SizeOrAutomatic},
    SettingRow{"eviction_policy", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Leaves the cache first"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "When others need the room. Models that you keep in the cache stay in any case."),
        EditorKind::Choice},
    SettingRow{"pool_ready_bytes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Made ready in idle time"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Memory that the first load finds made, so that it runs at the speed of the disk."),
        EditorKind::SizeOrNothing},
    SettingRow{"pool_keep_seconds", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Memory stays ready"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "How long memory that nothing needs waits for the next load before the system gets it back."),
        EditorKind::Seconds},
    SettingRow{"host_device_bytes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Host devices (GiB)"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Memory in RAM that behaves like a GPU's: a size for each device, separated by semicolons. Taken on at the "
            "next start."),
        EditorKind::Sizes},
    SettingRow{"use_cuda", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Use GPUs"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Taken on at the next start."), EditorKind::Switch},
    SettingRow{"share_contents", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Hold equal tensors once"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Models that have the same VAE or text encoder share its memory. For loads that begin from now on."),
        EditorKind::Switch},
    SettingRow{"optimization_level", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Precision on devices"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "What loads may convert to save memory; files and the RAM cache stay as they are. A model's own notes may "
            "say otherwise."),
        EditorKind::Choice},
    SettingRow{"predictive_caching", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Read ahead in idle time"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Reads into the free part of the cache what is likely to be loaded next. A wrong guess has read for "
            "nothing."),
        EditorKind::Switch},
    SettingRow{"hash_when_idle", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Take hashes in idle time"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Reads the whole library once, network drives too, while nobody wants anything."),
        EditorKind::Switch},
    SettingRow{"rest_enabled", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Answer programs by HTTP"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Only programs of this computer that can read your token. Taken on at the next start."),
        EditorKind::Switch},
};

struct ChoiceText {
    const char* setting;
    const char* word;
    const char* text;
};
constexpr std::array kChoices{
    ChoiceText{"optimization_level", "none", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "As it is stored")},
    ChoiceText{"optimization_level", "balanced",
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Balanced: 16 bits instead of fp32")},
    ChoiceText{"optimization_level", "aggressive",
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Aggressive: fp8 for large matrices")},
    ChoiceText{"eviction_policy", "auto",
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Automatic: what measurements found best")},
    ChoiceText{
        "eviction_policy", "lru", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "What was used longest ago")},
    ChoiceText{"eviction_policy", "value",
        QT_TRANSLATE_NOOP(
            "weightroom::ui::SettingsDialog", "What is worth least: large, seldom used, soon read again")},
};

constexpr QSize kSize(720, 640); ///< pixels: most hints are one line, and it fits on a screen of 768

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
constexpr double kLargestGiB = 4096; ///< as the engine's own limit
constexpr double kSmallestGiB = 0.01;
constexpr int kDecimals = 2;
constexpr int kLongestSeconds = 86'400; ///< as the engine's own limit

double gibibytes(const QVariant& bytes) { return static_cast<double>(bytes.toULongLong()) / kGiB; }

QVariant bytesFrom(double gibibytes) { return static_cast<quint64>(std::llround(gibibytes * kGiB)); }

QString sizesText(const QVariantList& sizes)
{
    QStringList texts;
    for (const QVariant& size : sizes)
        texts.append(QLocale().toString(gibibytes(size), 'f', kDecimals));
    return texts.join(QStringLiteral("; "));
}

/// Invalid when one of them is no size.
QVariant sizesFrom(const QString& text)
{
    QVariantList sizes;
    for (const QString& part : text.split(QLatin1Char(';'), Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const double size = QLocale().toDouble(part.trimmed(), &isNumber);
        if (!isNumber || size < kSmallestGiB || size > kLargestGiB)
            return {};
        sizes.append(bytesFrom(size));
    }
    return sizes;
}

QDoubleSpinBox* makeSizeBox(const QVariant& value, EditorKind kind)
{
    auto* box = new QDoubleSpinBox;
    box->setButtonSymbols(QAbstractSpinBox::NoButtons); // sizes are typed; the arrow keys work all the same
    box->setDecimals(kDecimals);
    box->setSuffix(SettingsDialog::tr(" GiB", "behind a number"));
    box->setRange(kind == EditorKind::Size ? kSmallestGiB : 0, kLargestGiB);
    if (kind == EditorKind::SizeOrAutomatic)
        box->setSpecialValueText(SettingsDialog::tr("Automatic: a tenth of the memory", "instead of a size"));
    if (kind == EditorKind::SizeOrNothing)
        box->setSpecialValueText(SettingsDialog::tr("Nothing", "instead of a size"));
    box->setValue(gibibytes(value));
    return box;
}

QSpinBox* makeSecondsBox(const QVariant& value)
{
    auto* box = new QSpinBox;
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setSuffix(SettingsDialog::tr(" s", "seconds, behind a number"));
    box->setRange(0, kLongestSeconds);
    box->setSpecialValueText(SettingsDialog::tr("Not at all", "instead of a duration"));
    box->setValue(static_cast<int>(std::min<quint64>(value.toULongLong(), kLongestSeconds)));
    return box;
}

QComboBox* makeChoiceBox(const SettingValue& setting)
{
    const QVariant& value = setting.value;
    auto* box = new QComboBox;
    for (const ChoiceText& choice : kChoices) {
        if (setting.name == QLatin1String(choice.setting))
            box->addItem(SettingsDialog::tr(choice.text), QString::fromLatin1(choice.word));
    }
    if (box->findData(value) < 0) // of a later version; it stays unless another one is chosen
        box->addItem(value.toString(), value);
    box->setCurrentIndex(box->findData(value));
    return box;
}

QWidget* makeEditor(const SettingValue& setting, EditorKind kind, const QString& label)
{
    const QVariant& value = setting.value;
    if (kind == EditorKind::Switch) {
        auto* box = new QCheckBox(label);
        box->setChecked(value.toBool());
        return box;
    }
    if (kind == EditorKind::Choice)
        return makeChoiceBox(setting);
    if (kind == EditorKind::Seconds)
        return makeSecondsBox(value);
    if (kind == EditorKind::Sizes)
        return new QLineEdit(sizesText(value.toList()));
    return makeSizeBox(value, kind);
}

/// As the editor has it now; invalid when that cannot be read.
QVariant valueOf(const QWidget& editor)
{
    if (const auto* box = qobject_cast<const QCheckBox*>(&editor))
        return box->isChecked();
    if (const auto* choice = qobject_cast<const QComboBox*>(&editor))
        return choice->currentData();
    if (const auto* line = qobject_cast<const QLineEdit*>(&editor))
        return sizesFrom(line->text());
    if (const auto* seconds = qobject_cast<const QSpinBox*>(&editor))
        return static_cast<quint64>(seconds->value());
    return bytesFrom(qobject_cast<const QDoubleSpinBox*>(&editor)->value());
}

/// The editor, with what it is about below it.
QLayout* withHint(QWidget* editor, const QString& text)
{
    auto* hint = makeSentenceLabel(nullptr);
    hint->setProperty("role", QStringLiteral("muted"));
    hint->setText(text);
    auto* column = new QVBoxLayout;
    column->setSpacing(kSpace);
    column->addWidget(editor);
    column->addWidget(hint);
    return column;
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
    for (const SettingRow& row : kRows) {
        const QString name = QString::fromLatin1(row.name);
        const auto setting = std::ranges::find(settings.values, name, &SettingValue::name);
        if (setting == settings.values.end())
            continue;
        const QString label = tr(row.label);
        QWidget* editor = makeEditor(*setting, row.kind, label);
        editor->setObjectName(QStringLiteral("setting_") + name);
        editor->setAccessibleName(label);
        editor->setAccessibleDescription(tr(row.hint));
        wheel->guard(*editor);
        // Without a label a row is as high as its hint would be if it were narrow.
        form.addRow(new QLabel(row.kind == EditorKind::Switch ? QString() : label), withHint(editor, tr(row.hint)));
        m_shown.append({name, editor, valueOf(*editor)});
    }
}

void SettingsDialog::accept()
{
    SettingsView changes;
    for (const Shown& shown : std::as_const(m_shown)) {
        const QVariant value = valueOf(*shown.editor);
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

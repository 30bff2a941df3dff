// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/setting_editors.h"

#include "ui/dialogs/setting_rows.h"
#include "ui/dialogs/settings_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QLocale>
#include <QSpinBox>

#include <algorithm>
#include <cmath>

namespace weightroom::ui {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
constexpr double kLargestGiB = 4096; ///< as the engine's own limit
constexpr double kSmallestGiB = 0.01;
constexpr int kDecimals = 2;

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

/// What stands behind a number.
QString unitOf(EditorKind kind, int number)
{
    if (kind == EditorKind::Seconds)
        return SettingsDialog::tr(" s", "seconds, behind a number");
    if (kind == EditorKind::Percent)
        return SettingsDialog::tr(" %", "behind a number");
    return SettingsDialog::tr(" days", "behind a number", number);
}

QSpinBox* makeNumberBox(const QVariant& value, const SettingRow& row)
{
    const NumberLimits& limits = row.limits;
    auto* box = new QSpinBox;
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setRange(limits.minimum, limits.maximum);
    if (limits.zero.text)
        box->setSpecialValueText(SettingsDialog::tr(limits.zero.text, limits.zero.comment));
    const auto setUnit = [box, kind = row.kind](int number) {
        const QString unit = unitOf(kind, number);
        if (unit != box->suffix()) // setting it again would end what is being typed
            box->setSuffix(unit);
    };
    QObject::connect(box, &QSpinBox::valueChanged, box, setUnit);
    box->setValue(static_cast<int>(std::min<quint64>(value.toULongLong(), static_cast<quint64>(limits.maximum))));
    setUnit(box->value());
    return box;
}

QComboBox* makeChoiceBox(const SettingValue& setting)
{
    const QVariant& value = setting.value;
    auto* box = new QComboBox;
    for (const ChoiceText& choice : settingChoices()) {
        if (setting.name == QLatin1String(choice.setting))
            box->addItem(SettingsDialog::tr(choice.text), QString::fromLatin1(choice.word));
    }
    if (box->findData(value) < 0) // of a later version; it stays unless another one is chosen
        box->addItem(value.toString(), value);
    box->setCurrentIndex(box->findData(value));
    return box;
}

} // namespace

QWidget* makeSettingEditor(const SettingValue& setting, const SettingRow& row)
{
    const QVariant& value = setting.value;
    switch (row.kind) {
    case EditorKind::Switch:
    case EditorKind::Feature: {
        auto* box = new QCheckBox(SettingsDialog::tr(row.label));
        box->setChecked(value.toBool());
        return box;
    }
    case EditorKind::Choice:
        return makeChoiceBox(setting);
    case EditorKind::Seconds:
    case EditorKind::Percent:
    case EditorKind::Days:
        return makeNumberBox(value, row);
    case EditorKind::Sizes:
        return new QLineEdit(sizesText(value.toList()));
    case EditorKind::Size:
    case EditorKind::SizeOrAutomatic:
    case EditorKind::SizeOrNothing:
    case EditorKind::Heading:
    case EditorKind::None:
        break;
    }
    return makeSizeBox(value, row.kind);
}

QVariant editedValue(const QWidget& editor)
{
    if (const auto* box = qobject_cast<const QCheckBox*>(&editor))
        return box->isChecked();
    if (const auto* choice = qobject_cast<const QComboBox*>(&editor))
        return choice->currentData();
    if (const auto* line = qobject_cast<const QLineEdit*>(&editor))
        return sizesFrom(line->text());
    if (const auto* number = qobject_cast<const QSpinBox*>(&editor))
        return static_cast<quint64>(number->value());
    return bytesFrom(qobject_cast<const QDoubleSpinBox*>(&editor)->value());
}

} // namespace weightroom::ui

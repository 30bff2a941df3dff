// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QMetaType>
#include <QString>
#include <QVariant>

namespace weightroom::ui {

/// One setting of the engine, under the engine's own name. A number of bytes is a quint64, several are a QVariantList.
struct SettingValue {
    QString name;
    QVariant value;

    friend bool operator==(const SettingValue&, const SettingValue&) = default;
};

/// When what was changed is taken on.
enum class SettingsEffect : quint8 { Now = 0, NextStart };

/// Settings of the engine: all of them, or those that are to change.
struct SettingsView {
    QList<SettingValue> values;
};

} // namespace weightroom::ui

Q_DECLARE_METATYPE(weightroom::ui::SettingsView)

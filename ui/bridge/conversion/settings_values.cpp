// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/settings_values.h"

#include <algorithm>

namespace weightroom::ui {
namespace {

/// Durations come as signed numbers.
bool isCount(const engine::Json& value)
{
    return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

/// Invalid when nobody could edit it.
QVariant valueFrom(const engine::Json& value)
{
    if (value.is_boolean())
        return value.get<bool>();
    if (isCount(value))
        return value.get<quint64>();
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    if (!value.is_array() || !std::ranges::all_of(value, isCount))
        return {};
    QVariantList numbers;
    for (const engine::Json& entry : value)
        numbers.append(entry.get<quint64>());
    return numbers;
}

engine::Json jsonFrom(const QVariant& value)
{
    switch (value.typeId()) {
    case QMetaType::Bool:
        return value.toBool();
    case QMetaType::QString:
        return value.toString().toStdString();
    case QMetaType::QVariantList: {
        engine::Json list = engine::Json::array();
        for (const QVariant& entry : value.toList())
            list.push_back(entry.toULongLong());
        return list;
    }
    default:
        return value.toULongLong();
    }
}

} // namespace

SettingsView settingsView(const engine::Json& answer)
{
    SettingsView view;
    for (const auto& [name, value] : answer.items()) {
        if (QVariant known = valueFrom(value); known.isValid())
            view.values.append({QString::fromStdString(name), std::move(known)});
    }
    return view;
}

engine::Json settingsRequest(const SettingsView& changes)
{
    engine::Json request = engine::Json::object();
    for (const SettingValue& change : changes.values)
        request[change.name.toStdString()] = jsonFrom(change.value);
    return request;
}

} // namespace weightroom::ui

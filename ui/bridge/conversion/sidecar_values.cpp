// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/sidecar_values.h"

#include "ui/bridge/text/plain_text.h"

#include <QMetaType>

#include <filesystem>
#include <string>

namespace weightroom::ui {
namespace {

QVariant valueFrom(const engine::Json& value)
{
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    if (value.is_boolean())
        return value.get<bool>();
    if (value.is_number())
        return value.get<double>();
    if (!value.is_array())
        return {};
    QStringList texts;
    for (const engine::Json& entry : value) {
        if (entry.is_string())
            texts.append(QString::fromStdString(entry.get<std::string>()));
    }
    return texts;
}

/// What one file says of a field, whoever else is heard first.
QVariant saidBy(const std::string& source, const engine::Json& answer, const std::string& field)
{
    const engine::Json fields = answer.value("fields", engine::Json::object());
    if (!fields.contains(field))
        return {};
    const engine::Json& entry = fields.at(field);
    if (entry.value("source", std::string{}) == source)
        return valueFrom(entry.value("value", engine::Json()));
    for (const engine::Json& other : entry.value("alternatives", engine::Json::array())) {
        if (other.value("source", std::string{}) == source)
            return valueFrom(other.value("value", engine::Json()));
    }
    return {};
}

engine::Json jsonFrom(const QVariant& value)
{
    switch (value.typeId()) {
    case QMetaType::QString:
        return value.toString().toStdString();
    case QMetaType::Bool:
        return value.toBool();
    case QMetaType::Double:
        return value.toDouble();
    case QMetaType::QStringList: {
        engine::Json list = engine::Json::array();
        for (const QString& text : value.toStringList())
            list.push_back(text.toStdString());
        return list;
    }
    default:
        return nullptr;
    }
}

} // namespace

QList<SidecarTarget> sidecarTargets(const engine::Json& answer)
{
    QList<SidecarTarget> targets;
    for (const engine::Json& row : answer.value("writable_sidecars", engine::Json::array())) {
        const std::string name = std::filesystem::path{row.value("path", std::string{})}.filename().string();
        SidecarTarget target{.dialect = QString::fromStdString(row.value("dialect", std::string{})),
            .fileName = plainText(name),
            .exists = row.value("exists", false),
            .fields = {}};
        for (const engine::Json& field : row.value("fields", engine::Json::array())) {
            const auto word = field.get<std::string>();
            target.fields.append({QString::fromStdString(word), saidBy(name, answer, word)});
        }
        targets.append(std::move(target));
    }
    return targets;
}

engine::Json sidecarRequest(const SidecarChange& change)
{
    engine::Json request{{"model_id", change.modelId.toStdString()}, {"sidecar", change.dialect.toStdString()}};
    for (const SidecarField& field : change.fields)
        request[field.name.toStdString()] = jsonFrom(field.value);
    return request;
}

} // namespace weightroom::ui

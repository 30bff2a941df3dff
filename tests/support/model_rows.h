// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

namespace weightroom::test {

/// Rows of the library made by hand, for the tests of models and widgets.
struct RowOptions {
    QString name{}; ///< empty: the id
    ui::ModelKind kind = ui::ModelKind::Checkpoint;
    ui::ModelCondition condition = ui::ModelCondition::OnDisk;
    quint64 bytes = 1024;
    QString architecture = QStringLiteral("SDXL");
};

inline ui::ModelRow modelRow(const QString& id, const RowOptions& options = {})
{
    auto facts = std::make_shared<ui::ModelFacts>();
    facts->id = id;
    facts->name = options.name.isEmpty() ? id : options.name;
    facts->path = QStringLiteral("/models/%1.safetensors").arg(id);
    facts->kind = options.kind;
    facts->architecture = options.architecture;
    facts->precision = QStringLiteral("fp16");
    facts->fileBytes = options.bytes;
    facts->componentBytes = options.bytes;
    facts->components = {
        {.id = QStringLiteral("unet"), .kind = ui::ComponentKind::Unet, .bytes = options.bytes, .tensorCount = 3}};
    facts->searchText = QString(facts->name + u'\n' + facts->path + u'\n' + facts->architecture).toCaseFolded();
    if (options.condition == ui::ModelCondition::Unusable) {
        facts->problem = ui::ErrorView{.sentence = QStringLiteral("The file is damaged."),
            .advice = {},
            .actions = {},
            .detail = {},
            .modelId = id};
    }
    ui::ModelRow row;
    row.facts = facts;
    row.status.condition = options.condition;
    return row;
}

/// The same model in another state: its facts are the same object.
inline ui::ModelRow loadedOn(ui::ModelRow row, const QString& device)
{
    row.status.condition = ui::ModelCondition::Loaded;
    row.status.loadedOn = {device};
    row.status.loadedComponents = {{QStringLiteral("unet"), device}};
    row.status.loadedBytes = row.facts->componentBytes;
    return row;
}

} // namespace weightroom::test

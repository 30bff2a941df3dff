// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model_controller.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/dialogs/convert_dialog.h"
#include "ui/dialogs/delete_dialog.h"
#include "ui/dialogs/share_dialog.h"
#include "ui/dialogs/sidecar_dialog.h"
#include "ui/dialogs/validation_dialog.h"
#include "ui/pages/library/library_page.h"
#include "ui/window_actions.h"

#include <QAction>

#include <algorithm>

namespace weightroom::ui {

ModelController::ModelController(
    EngineBridge& bridge, Prompts& prompts, WindowActions& actions, LibraryPage& library, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_prompts(prompts)
    , m_actions(actions)
    , m_library(library)
    , m_window(window)
{
    const auto on = [this](QAction* action, auto slot) { connect(action, &QAction::triggered, this, slot); };
    on(m_actions.load, [this] { apply(ModelCommand::Load); });
    on(m_actions.unload, [this] { apply(ModelCommand::Unload); });
    on(m_actions.share, [this] { apply(ModelCommand::Share); });
    on(m_actions.cache, [this] { apply(ModelCommand::Cache); });
    on(m_actions.dropFromCache, [this] { apply(ModelCommand::DropFromCache); });
    on(m_actions.favorite, [this] { turnAround(kFavoriteFlag); });
    on(m_actions.keepInCache, [this] { turnAround(kPinFlag); });
    on(m_actions.validate, [this] { apply(ModelCommand::Validate); });
    on(m_actions.convert, [this] { apply(ModelCommand::Convert); });
    on(m_actions.moveToTrash, [this] { apply(ModelCommand::Delete); });
    on(m_actions.undoDelete, [this] { undoDelete(); });
    connect(&m_bridge, &EngineBridge::deletionPlanned, this, &ModelController::showDeletionPlan);
    connect(&m_bridge, &EngineBridge::validated, this, &ModelController::showValidation);
    connect(&m_library, &LibraryPage::sidecarEditRequested, this, &ModelController::editSidecar);
}

void ModelController::setDevice(const QString& deviceId)
{
    m_device = deviceId;
    const QList<ModelRow> rows = m_library.selectedModels();
    m_actions.load->setEnabled(countApplicable(ModelCommand::Load, rows) > 0);
    m_actions.unload->setEnabled(countApplicable(ModelCommand::Unload, rows) > 0);
    m_actions.share->setEnabled(countApplicable(ModelCommand::Share, rows) == 1);
    m_actions.cache->setEnabled(countApplicable(ModelCommand::Cache, rows) > 0);
    m_actions.dropFromCache->setEnabled(countApplicable(ModelCommand::DropFromCache, rows) > 0);
    m_actions.favorite->setEnabled(countApplicable(ModelCommand::Favorite, rows) > 0);
    m_actions.keepInCache->setEnabled(countApplicable(ModelCommand::Pin, rows) > 0);
    m_actions.keepInCache->setChecked(isSet(kPinFlag, rows));
    m_actions.validate->setEnabled(countApplicable(ModelCommand::Validate, rows) > 0);
    m_actions.convert->setEnabled(countApplicable(ModelCommand::Convert, rows) == 1);
    m_actions.moveToTrash->setEnabled(countApplicable(ModelCommand::Delete, rows) == 1);
    m_actions.undoDelete->setEnabled(m_bridge.library().lastDeletion != 0);
}

CommandContext ModelController::contextFor(const ModelRow& row) const
{
    return {.isBusy = m_library.isBusy(row.facts->id), .deviceId = m_device};
}

qsizetype ModelController::countApplicable(ModelCommand command, const QList<ModelRow>& rows) const
{
    return std::ranges::count_if(rows, [&](const ModelRow& row) { return canApply(command, row, contextFor(row)); });
}

void ModelController::apply(ModelCommand command)
{
    // The selection may change while the first ones are asked for.
    const QList<ModelRow> rows = m_library.selectedModels();
    for (const ModelRow& row : rows) {
        if (canApply(command, row, contextFor(row)))
            applyTo(command, row);
    }
}

void ModelController::applyTo(ModelCommand command, const ModelRow& row)
{
    const QString& id = row.facts->id;
    switch (command) {
    case ModelCommand::Load:
        return m_bridge.loadModel(id, m_device);
    case ModelCommand::Unload:
        return m_bridge.unloadModel(id);
    case ModelCommand::Share:
        return askForDomains(row);
    case ModelCommand::Cache:
        return m_bridge.cacheModel(id);
    case ModelCommand::DropFromCache:
        return m_bridge.dropFromCache(id);
    case ModelCommand::Validate:
        return m_bridge.validateModel(id, ValueCheck::None);
    case ModelCommand::Convert:
        return askForConversion(row);
    case ModelCommand::Delete:
        return m_bridge.planDeletion(id);
    case ModelCommand::Favorite:
    case ModelCommand::Pin:
    case ModelCommand::None:
        break;
    }
}

bool ModelController::isSet(const ModelFlag& flag, const QList<ModelRow>& rows) const
{
    const auto isOff = [&](const ModelRow& row) {
        return canApply(flag.command, row, contextFor(row)) && !(row.*flag.isSet)();
    };
    return countApplicable(flag.command, rows) > 0 && std::ranges::none_of(rows, isOff);
}

void ModelController::turnAround(const ModelFlag& flag)
{
    const QList<ModelRow> rows = m_library.selectedModels();
    NotesChange change;
    change.*flag.change = !isSet(flag, rows);
    for (const ModelRow& row : rows) {
        if (canApply(flag.command, row, contextFor(row)))
            m_bridge.changeNotes(row.facts->id, change);
    }
}

void ModelController::showDeletionPlan(const DeletionView& plan)
{
    auto* dialog = new DeleteDialog(plan, m_bridge.library().nameOf(plan.modelId), m_window);
    connect(dialog, &DeleteDialog::confirmed, &m_bridge, &EngineBridge::deleteModel);
    dialog->open();
}

void ModelController::showValidation(const ValidationView& outcome)
{
    auto* dialog = new ValidationDialog(outcome, m_bridge.library().nameOf(outcome.modelId), m_window);
    connect(dialog, &ValidationDialog::thoroughCheckRequested, this,
        [this](const QString& modelId) { m_bridge.validateModel(modelId, ValueCheck::Every); });
    dialog->open();
}

void ModelController::askForDomains(const ModelRow& row)
{
    auto* dialog = new ShareDialog(row.facts->name, m_bridge.library().consumers, m_window);
    connect(dialog, &ShareDialog::requested, &m_bridge,
        [this, id = row.facts->id](const QStringList& domains) { m_bridge.shareModel(id, domains); });
    dialog->open();
}

void ModelController::askForConversion(const ModelRow& row)
{
    auto* dialog = new ConvertDialog(row, m_prompts, m_window);
    connect(dialog, &ConvertDialog::requested, &m_bridge, &EngineBridge::convertModel);
    dialog->open();
}

void ModelController::editSidecar(const ModelDetails& details)
{
    auto* dialog = new SidecarDialog(details, m_bridge.library().nameOf(details.modelId), m_window);
    connect(dialog, &SidecarDialog::requested, &m_bridge, &EngineBridge::changeSidecar);
    dialog->open();
}

void ModelController::undoDelete()
{
    if (const quint64 deletion = m_bridge.library().lastDeletion; deletion != 0)
        m_bridge.restoreModel(deletion);
}

} // namespace weightroom::ui

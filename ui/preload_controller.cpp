// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preload_controller.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/dialogs/preload_dialog.h"
#include "ui/pages/library/library_page.h"

namespace weightroom::ui {

PreloadController::PreloadController(EngineBridge& bridge, LibraryPage& library, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_library(library)
    , m_window(window)
{
    connect(&m_bridge, &EngineBridge::preloadPlansReady, this, &PreloadController::show);
}

void PreloadController::open()
{
    if (dialog() != nullptr)
        return;
    QStringList selected;
    for (const ModelRow& row : m_library.selectedModels()) {
        if (row.isUsable())
            selected.append(row.facts->id);
    }
    QStringList devices;
    for (const MemoryView& memory : m_bridge.memory()) {
        if (memory.place != MemoryPlace::Cache && memory.capacity > 0)
            devices.append(memory.id);
    }
    auto* opened = new PreloadDialog(selected, devices, m_window);
    connect(opened, &PreloadDialog::runRequested, &m_bridge, &EngineBridge::runPreloadPlan);
    connect(opened, &PreloadDialog::removeRequested, &m_bridge, &EngineBridge::removePreloadPlan);
    connect(opened, &PreloadDialog::keepRequested, &m_bridge, &EngineBridge::keepPreloadPlan);
    opened->open();
    m_bridge.requestPreloadPlans();
}

void PreloadController::show(const QList<PreloadPlanView>& plans)
{
    if (PreloadDialog* shown = dialog())
        shown->setPlans(plans);
}

PreloadDialog* PreloadController::dialog() const { return m_window->findChild<PreloadDialog*>(); }

} // namespace weightroom::ui

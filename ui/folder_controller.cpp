// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/folder_controller.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/dialogs/folders_dialog.h"
#include "ui/dialogs/prompts.h"
#include "ui/widgets/banner.h"

namespace weightroom::ui {

FolderController::FolderController(EngineBridge& bridge, Prompts& prompts, Banner& banner, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_prompts(prompts)
    , m_banner(banner)
    , m_window(window)
{
    connect(&m_bridge, &EngineBridge::layoutReady, this, &FolderController::showLayout);
}

void FolderController::add()
{
    m_prompts.askForFolder(
        m_window, tr("Add a folder with models", "title of the file dialog"), [this](const QByteArray& path) {
            m_bridge.addFolder(path);
            m_bridge.requestLayout(path);
        });
}

void FolderController::edit()
{
    auto* dialog = new FoldersDialog(m_bridge.library().folders, m_prompts, m_window);
    connect(dialog, &FoldersDialog::foldersChosen, &m_bridge, &EngineBridge::setFolders);
    dialog->open();
}

void FolderController::makeSamples()
{
    m_prompts.askForFolder(m_window, tr("Where to put the sample library", "title of the file dialog"),
        // A folder of its own, so that samples and the user's files stay apart.
        [this](const QByteArray& path) { m_bridge.makeSampleLibrary(path + "/weightroom-samples"); });
}

void FolderController::exportPaths()
{
    m_prompts.askForNewFile(m_window, tr("extra_model_paths.yaml of ComfyUI", "title of the file dialog"),
        "extra_model_paths.yaml", [this](const QByteArray& file) { m_bridge.exportPaths(file); });
}

void FolderController::showLayout(const LayoutView& layout)
{
    if (layout.title.isEmpty())
        return;
    m_banner.showNotice(
        tr("This is a folder of %1: %n folders in it hold models.", "program", layout.directories).arg(layout.title),
        tr("Folders\u2026", "button"), [this] { edit(); });
}

} // namespace weightroom::ui

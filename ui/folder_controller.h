// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"

#include <QObject>

class QWidget;

namespace weightroom::ui {

class Banner;
class EngineBridge;
class Prompts;

/// Lets the user say which folders the library is made of, and tell other programs of them. All that it is made with is
/// borrowed and outlives it.
class FolderController final : public QObject {
    Q_OBJECT
public:
    /// `window` becomes its parent, and that of the dialogs.
    FolderController(EngineBridge& bridge, Prompts& prompts, Banner& banner, QWidget* window);

    /// Asks for a folder, and adds it.
    void add();
    void edit();
    /// Asks for a folder, and writes the sample library into it.
    void makeSamples();
    /// Asks for a file, and writes the folders into it as ComfyUI reads them.
    void exportPaths();

private:
    void showLayout(const LayoutView& layout);

    EngineBridge& m_bridge;
    Prompts& m_prompts;
    Banner& m_banner;
    QWidget* m_window;
};

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/preload_view.h"

#include <QObject>

class QWidget;

namespace weightroom::ui {

class EngineBridge;
class LibraryPage;
class PreloadDialog;

/// Lets the user make, carry out and forget preload plans. All that it is made with is borrowed and outlives it.
class PreloadController final : public QObject {
    Q_OBJECT
public:
    /// `window` becomes its parent, and that of the dialog.
    PreloadController(EngineBridge& bridge, LibraryPage& library, QWidget* window);

    /// Opens the dialog, which fills when the engine has answered.
    void open();

private:
    void show(const QList<PreloadPlanView>& plans);
    [[nodiscard]] PreloadDialog* dialog() const;

    EngineBridge& m_bridge;
    LibraryPage& m_library;
    QWidget* m_window;
};

} // namespace weightroom::ui

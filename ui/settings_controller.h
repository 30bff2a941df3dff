// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/feature_view.h"
#include "ui/bridge/views/settings_view.h"

#include <QList>
#include <QObject>

class QWidget;

namespace weightroom::ui {

class Banner;
class EngineBridge;
class SettingsDialog;

/// Lets the user see and change the settings of the engine, and tells what it does otherwise for a while because
/// something has failed. All that it is made with is borrowed and outlives it.
class SettingsController final : public QObject {
    Q_OBJECT
public:
    /// `window` becomes its parent, and that of the dialog.
    SettingsController(EngineBridge& bridge, Banner& banner, QWidget* window);

    /// Asks the engine for the settings, and opens the dialog when they are there. There is never more than one: where
    /// it is open, it is raised.
    void edit();

private:
    void show(const SettingsView& settings);
    void editFeature(const QString& name);
    void tellEffect(SettingsEffect effect);
    void tellFallenBack();

    EngineBridge& m_bridge;
    Banner& m_banner;
    QWidget* m_window;
    QList<FallenBackView> m_fallenBack;
    QString m_wanted; ///< the setting that the dialog is to show first; empty: none
    QString m_told; ///< the sentence of the last notice about that
    SettingsDialog* m_dialog = nullptr; ///< while it is shown; the window owns it
};

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings_controller.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/dialogs/settings_dialog.h"
#include "ui/widgets/banner.h"

namespace weightroom::ui {

SettingsController::SettingsController(EngineBridge& bridge, Banner& banner, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_banner(banner)
    , m_window(window)
{
    connect(&m_bridge, &EngineBridge::settingsReady, this, &SettingsController::show);
    connect(&m_bridge, &EngineBridge::settingsSaved, this, &SettingsController::tellEffect);
}

void SettingsController::edit()
{
    if (m_dialog == nullptr)
        return m_bridge.requestSettings();
    m_dialog->raise();
    m_dialog->activateWindow();
}

void SettingsController::show(const SettingsView& settings)
{
    m_dialog = new SettingsDialog(settings, m_window);
    connect(m_dialog, &SettingsDialog::changed, &m_bridge, &EngineBridge::changeSettings);
    // It lives a little longer than it is shown.
    connect(m_dialog, &QDialog::finished, this, [this] { m_dialog = nullptr; });
    m_dialog->open();
}

void SettingsController::tellEffect(SettingsEffect effect)
{
    if (effect == SettingsEffect::NextStart)
        m_banner.showNotice(tr("Some of it is taken on at the next start of Weightroom."), tr("Quit", "button"),
            [window = m_window] { window->close(); });
}

} // namespace weightroom::ui

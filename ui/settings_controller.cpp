// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings_controller.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/dialogs/settings_dialog.h"
#include "ui/widgets/banner.h"

#include <algorithm>
#include <utility>

namespace weightroom::ui {

SettingsController::SettingsController(EngineBridge& bridge, Banner& banner, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_banner(banner)
    , m_window(window)
{
    connect(&m_bridge, &EngineBridge::settingsReady, this, &SettingsController::show);
    connect(&m_bridge, &EngineBridge::settingsSaved, this, &SettingsController::tellEffect);
    connect(&m_bridge, &EngineBridge::libraryChanged, this, &SettingsController::tellFallenBack);
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
    m_dialog->setFallenBack(m_fallenBack);
    connect(m_dialog, &SettingsDialog::changed, &m_bridge, &EngineBridge::changeSettings);
    connect(m_dialog, &SettingsDialog::useAgainRequested, &m_bridge, &EngineBridge::useFeatureAgain);
    // It lives a little longer than it is shown.
    connect(m_dialog, &QDialog::finished, this, [this] { m_dialog = nullptr; });
    m_dialog->open();
    m_dialog->reveal(std::exchange(m_wanted, {}));
}

void SettingsController::editFeature(const QString& name)
{
    if (m_dialog != nullptr)
        m_dialog->reveal(name);
    else
        m_wanted = name;
    edit();
}

void SettingsController::tellEffect(SettingsEffect effect)
{
    if (effect == SettingsEffect::NextStart)
        m_banner.showNotice(tr("Some of it is taken on at the next start of Weightroom."), tr("Quit", "button"),
            [window = m_window] { window->close(); });
}

/// Once for each feature that falls back: one that is tried again, and fails again, has been told of.
void SettingsController::tellFallenBack()
{
    const QList<FallenBackView> now = m_bridge.library().fallenBack;
    if (now == m_fallenBack)
        return;
    const QList<FallenBackView> before = std::exchange(m_fallenBack, now);
    if (m_dialog != nullptr)
        m_dialog->setFallenBack(now);
    if (now.isEmpty())
        return m_banner.takeBack(m_told);
    for (const FallenBackView& feature : now) {
        if (std::ranges::find(before, feature.name, &FallenBackView::name) != before.end())
            continue;
        m_told = tr("\u201C%1\u201D is left alone for a while, because it has failed again and again.", "a setting")
                     .arg(SettingsDialog::labelOf(feature.name));
        m_banner.showNotice(
            m_told, tr("Settings\u2026", "button: opens the dialog"),
            [this, name = feature.name] { editFeature(name); }, Banner::Tone::Warning);
    }
}

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/settings_view.h"

#include <QDialog>
#include <QList>

class QFormLayout;
class QScrollArea;

namespace weightroom::ui {

/// How much memory the engine may have, and what it may do by itself. Opened with open(), never with exec().
class SettingsDialog final : public QDialog {
    Q_OBJECT
public:
    /// Settings that it does not know are left alone.
    explicit SettingsDialog(const SettingsView& settings, QWidget* parent = nullptr);

Q_SIGNALS:
    /// The user accepts and has changed something: only what was changed.
    void changed(const weightroom::ui::SettingsView& changes);

private:
    struct Shown {
        QString name;
        QWidget* editor = nullptr;
        QVariant value; ///< before the user changed anything, as the editor spells it
    };
    void build(const SettingsView& settings);
    void addRows(QFormLayout& form, const SettingsView& settings);
    void accept() override;

    QScrollArea* m_rows;
    QList<Shown> m_shown;
};

} // namespace weightroom::ui

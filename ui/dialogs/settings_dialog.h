// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/feature_view.h"
#include "ui/bridge/views/settings_view.h"

#include <QDialog>
#include <QHash>
#include <QList>

class QFormLayout;
class QLabel;
class QScrollArea;

namespace weightroom::ui {

/// How much memory the engine may have, and what it may do by itself. Opened with open(), never with exec().
class SettingsDialog final : public QDialog {
    Q_OBJECT
public:
    /// Settings that it does not know are left alone.
    explicit SettingsDialog(const SettingsView& settings, QWidget* parent = nullptr);

    /// Says beside their settings which features are not used for a while, and why.
    void setFallenBack(const QList<FallenBackView>& features);

    /// Scrolls to a setting. Once the dialog is shown.
    void reveal(const QString& name);

    /// What a setting is called here; its name, where it is not in the dialog.
    [[nodiscard]] static QString labelOf(const QString& name);

Q_SIGNALS:
    /// The user accepts and has changed something: only what was changed.
    void changed(const weightroom::ui::SettingsView& changes);
    /// The user wants a feature that has fallen back to be tried at once.
    void useAgainRequested(const QString& name);

private:
    struct Shown {
        QString name;
        QWidget* editor = nullptr;
        QVariant value; ///< before the user changed anything, as the editor spells it
    };
    void build(const SettingsView& settings);
    void addRows(QFormLayout& form, const SettingsView& settings);
    [[nodiscard]] QWidget* makeFallenBackNote(const QString& name, const QString& label);
    void accept() override;

    QScrollArea* m_rows;
    QList<Shown> m_shown;
    struct FallenBackNote {
        QWidget* whole = nullptr; ///< hidden while there is nothing to say
        QLabel* text = nullptr;
    };
    QHash<QString, FallenBackNote> m_fallenBack; ///< by the name of the feature
};

} // namespace weightroom::ui

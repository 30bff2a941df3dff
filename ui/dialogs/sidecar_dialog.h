// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"

#include <QDialog>
#include <QList>

class QComboBox;
class QFormLayout;

namespace weightroom::ui {

/// Edits what the user notes about a model in the file in which another program keeps it. Opened with open(), never
/// with exec().
class SidecarDialog final : public QDialog {
    Q_OBJECT
public:
    /// `details`: with at least one file that can be written.
    SidecarDialog(const ModelDetails& details, const QString& modelName, QWidget* parent = nullptr);

Q_SIGNALS:
    /// The user accepts and has changed something.
    void requested(const weightroom::ui::SidecarChange& change);

private:
    void build(const QString& modelName);
    void showTarget(int number);
    [[nodiscard]] QWidget* makeEditor(const SidecarField& field);
    void request();

    const QString m_modelId;
    const QList<SidecarTarget> m_targets;
    QComboBox* m_target;
    QFormLayout* m_form;
    QList<QWidget*> m_editors; ///< in the order of the fields of the target that is shown
    QList<QVariant> m_shown; ///< their values before the user changed anything; in the same order
};

} // namespace weightroom::ui

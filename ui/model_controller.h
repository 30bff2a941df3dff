// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"
#include "ui/bridge/views/model_row.h"
#include "ui/models/model_commands.h"

#include <QList>
#include <QObject>
#include <QString>

class QWidget;

namespace weightroom::ui {

class EngineBridge;
class LibraryPage;
class Prompts;
class WindowActions;

/// What the user does with the selected models: which actions are offered, what they ask the engine for, and the
/// dialogs on the way. All that it is made with is borrowed and outlives it.
class ModelController final : public QObject {
    Q_OBJECT
public:
    /// `window` becomes its parent, and that of the dialogs.
    ModelController(
        EngineBridge& bridge, Prompts& prompts, WindowActions& actions, LibraryPage& library, QWidget* window);

    /// Where loads go; enables the actions that make sense for the selection now. Called whenever either may have
    /// changed.
    void setDevice(const QString& deviceId);
    /// To all selected models for which it makes sense.
    void apply(ModelCommand command);
    /// Brings the model back that was deleted last.
    void undoDelete();

private:
    [[nodiscard]] CommandContext contextFor(const ModelRow& row) const;
    [[nodiscard]] qsizetype countApplicable(ModelCommand command, const QList<ModelRow>& rows) const;
    void applyTo(ModelCommand command, const ModelRow& row);
    /// Whether it is set for all of `rows` that can have it, and any can.
    [[nodiscard]] bool isSet(const ModelFlag& flag, const QList<ModelRow>& rows) const;
    /// All selected models get it, unless all have it; then none has it any more.
    void turnAround(const ModelFlag& flag);
    void showDeletionPlan(const DeletionView& plan);
    void showValidation(const ValidationView& outcome);
    void askForDomains(const ModelRow& row);
    void askForConversion(const ModelRow& row);
    void editSidecar(const ModelDetails& details);

    EngineBridge& m_bridge;
    Prompts& m_prompts;
    WindowActions& m_actions;
    LibraryPage& m_library;
    QWidget* m_window;
    QString m_device;
};

} // namespace weightroom::ui

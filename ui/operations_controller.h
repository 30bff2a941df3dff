// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/error_view.h"
#include "ui/bridge/views/operation_view.h"

#include <QObject>
#include <QSet>

class QWidget;

namespace weightroom::ui {

class EngineBridge;
class LibraryPage;
class OperationsDialog;
class Prompts;

/// Lets the user see and call every operation of the engine. All that it is made with is borrowed and outlives it.
class OperationsController final : public QObject {
    Q_OBJECT
public:
    /// `window` becomes its parent, and that of the dialog.
    OperationsController(EngineBridge& bridge, Prompts& prompts, LibraryPage& library, QWidget* window);

    /// Opens the dialog, as it was left; where it is open, it is raised.
    void open();
    /// Whether the user sees in the dialog how this job has ended.
    [[nodiscard]] bool tellsOf(quint64 job) const;

Q_SIGNALS:
    /// The user wants what is offered beside an error.
    void actionRequested(weightroom::ui::ErrorAction action, const QString& modelId);

private:
    void build();
    void suggestModel();
    /// Asks first, where something may be lost.
    void run(const OperationView& operation, const QByteArray& json);
    void call(const QString& operation, const QByteArray& json);

    EngineBridge& m_bridge;
    Prompts& m_prompts;
    LibraryPage& m_library;
    QWidget* m_window;
    OperationsDialog* m_dialog = nullptr; ///< from the first time that it is opened; the window owns it
    QSet<quint64> m_jobs; ///< that it has begun
    quint64 m_lastCall = 0;
};

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/operations_controller.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/dialogs/operations_dialog.h"
#include "ui/dialogs/prompts.h"
#include "ui/pages/library/library_page.h"

namespace weightroom::ui {
namespace {

constexpr qsizetype kRequestShown = 400; ///< characters: more makes a question that nobody reads

/// What is asked, so that nobody confirms what they did not mean.
QString questionText(const QString& operation, const QByteArray& json)
{
    if (json == "{}")
        return OperationsController::tr("%1 may remove something. It is called without any field.", "an operation")
            .arg(operation);
    QString fields = plainText(QString::fromUtf8(json));
    if (fields.size() > kRequestShown)
        fields = QString(fields.first(kRequestShown) + QChar(0x2026));
    return OperationsController::tr("%1 may remove something. It is called with:", "an operation").arg(operation)
        + QStringLiteral("\n\n") + fields;
}

} // namespace

OperationsController::OperationsController(
    EngineBridge& bridge, Prompts& prompts, LibraryPage& library, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_prompts(prompts)
    , m_library(library)
    , m_window(window)
{
}

void OperationsController::open()
{
    if (m_dialog == nullptr)
        build();
    m_dialog->show();
    m_dialog->raise();
    m_dialog->activateWindow();
}

void OperationsController::build()
{
    m_dialog = new OperationsDialog(m_bridge.operations(), m_window);
    connect(m_dialog, &OperationsDialog::runRequested, this, &OperationsController::run);
    connect(m_dialog, &OperationsDialog::cancelRequested, &m_bridge, &EngineBridge::cancelJob);
    connect(m_dialog, &OperationsDialog::actionRequested, this, &OperationsController::actionRequested);
    connect(&m_bridge, &EngineBridge::jobChanged, m_dialog, &OperationsDialog::setJob);
    connect(&m_bridge, &EngineBridge::operationEnded, m_dialog, &OperationsDialog::end);
    connect(&m_library, &LibraryPage::selectionChanged, this, &OperationsController::suggestModel);
    suggestModel();
}

void OperationsController::suggestModel()
{
    const QList<ModelRow> selected = m_library.selectedModels();
    m_dialog->suggestModel(selected.size() == 1 ? selected.first().facts->id : QString());
}

void OperationsController::run(const OperationView& operation, const QByteArray& json)
{
    if (!operation.asksFirst)
        return call(operation.name, json);
    m_prompts.askBefore(m_dialog,
        {.title = tr("Run the operation?", "title of the question"),
            .sentence = questionText(operation.name, json),
            .button = tr("Run", "button: an operation that may remove something")},
        [this, name = operation.name, json] { call(name, json); });
}

void OperationsController::call(const QString& operation, const QByteArray& json)
{
    if (m_dialog->isRunning(operation))
        return;
    const quint64 number = ++m_lastCall;
    const quint64 job = m_bridge.callOperation({.number = number, .operation = operation, .json = json});
    m_dialog->begin(operation, number, job);
    if (job != 0)
        m_jobs.insert(job);
}

bool OperationsController::tellsOf(quint64 job) const
{
    return m_jobs.contains(job) && m_dialog != nullptr && m_dialog->isVisible();
}

} // namespace weightroom::ui

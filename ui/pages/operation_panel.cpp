// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/operation_panel.h"

#include "ui/bridge/conversion/operation_request.h"
#include "ui/bridge/text/units.h"
#include "ui/style/theme.h"
#include "ui/widgets/answer_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/job_strip.h"
#include "ui/widgets/operation_form.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QSplitter>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kRoomAround = 60; ///< of a field that is scrolled to: its problem and its help stand below it

/// How it is carried out, and how else it is reached.
QString waysText(const OperationView& operation)
{
    QStringList sentences{operation.isLong
            ? OperationPanel::tr("It runs as a job, which can be cancelled.", "an operation")
            : OperationPanel::tr("It answers at once.", "an operation")};
    if (!operation.routes.isEmpty())
        sentences.append(OperationPanel::tr("By HTTP: %1.", "an operation, its routes")
                             .arg(operation.routes.join(QStringLiteral(", "))));
    return sentences.join(QLatin1Char(' '));
}

QString answerText(const OperationView& operation)
{
    QStringList sentences;
    if (!operation.answer.isEmpty())
        sentences.append(OperationPanel::tr("Answer: %1.", "what it holds").arg(operation.answer));
    if (!operation.errors.isEmpty())
        sentences.append(OperationPanel::tr("Errors of its own: %1.", "codes of an operation")
                             .arg(operation.errors.join(QStringLiteral(", "))));
    return sentences.join(QLatin1Char('\n'));
}

} // namespace

OperationPanel::OperationPanel(const OperationView& operation, QWidget* parent)
    : QWidget(parent)
    , m_operation(operation)
    , m_form(new OperationForm(operation))
    , m_scroll(new QScrollArea)
    , m_run(new QPushButton(tr("Run", "button: an operation")))
    , m_copy(new QPushButton(tr("Copy as command", "button")))
    , m_jobPlace(new QVBoxLayout)
    , m_error(new Banner)
    , m_detail(makeSentenceLabel(nullptr))
    , m_answer(new AnswerView)
{
    build();
    const bool canCall = !m_operation.needsConnection;
    m_form->setEnabled(canCall);
    m_run->setEnabled(canCall);
    m_copy->setEnabled(canCall);
}

void OperationPanel::build()
{
    auto* name = new DataLabel(this);
    name->setObjectName(QStringLiteral("operationName"));
    name->setFont(scaledFont(font(), 1.3, QFont::DemiBold));
    name->setData(m_operation.name);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->setSpacing(kSpace);
    layout->addWidget(name);
    addSentence(*layout, m_operation.summary, "");
    addSentence(*layout, waysText(m_operation), "muted");
    if (m_operation.needsConnection)
        addSentence(*layout,
            tr("Only programs that are connected by the socket can call this: it lends them something, and takes it "
               "back when they have gone."),
            "warning");
    auto* parts = new QSplitter(Qt::Vertical, this);
    parts->setChildrenCollapsible(false);
    parts->addWidget(buildAsking());
    parts->addWidget(buildOutcome());
    parts->setStretchFactor(0, 1);
    parts->setStretchFactor(1, 1);
    layout->addSpacing(kSpace);
    layout->addWidget(parts, 1);
}

QWidget* OperationPanel::buildAsking()
{
    auto* content = new QWidget;
    auto* rows = new QVBoxLayout(content);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(3 * kSpace);
    rows->addWidget(m_form);
    addSentence(*rows, answerText(m_operation), "muted");
    rows->addStretch();
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(content);

    m_run->setObjectName(QStringLiteral("runOperation"));
    m_run->setProperty("role", QStringLiteral("primary"));
    m_run->setAutoDefault(false);
    const QKeySequence keys(tr("Ctrl+Return", "shortcut: run the operation"));
    m_run->setToolTip(tr("Run (%1)", "button and its shortcut").arg(keys.toString(QKeySequence::NativeText)));
    connect(m_run, &QPushButton::clicked, this, &OperationPanel::run);
    connect(new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut), &QShortcut::activated, m_run,
        &QPushButton::click);
    m_copy->setObjectName(QStringLiteral("copyCommand"));
    m_copy->setAutoDefault(false);
    m_copy->setToolTip(tr("Copy this call as a line for weightroomctl"));
    connect(m_copy, &QPushButton::clicked, this, &OperationPanel::copyCommand);

    auto* part = new QWidget;
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_run);
    buttons->addWidget(m_copy);
    buttons->addStretch();
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 2 * kSpace);
    layout->addWidget(m_scroll, 1);
    layout->addLayout(buttons);
    return part;
}

QWidget* OperationPanel::buildOutcome()
{
    m_error->setObjectName(QStringLiteral("operationError"));
    connect(m_error, &Banner::actionRequested, this, &OperationPanel::actionRequested);
    m_detail->setObjectName(QStringLiteral("operationErrorDetail"));
    m_detail->setProperty("role", QStringLiteral("muted"));
    m_detail->hide();
    auto* part = new QWidget;
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 2 * kSpace, 0, 0);
    layout->setSpacing(kSpace);
    layout->addLayout(m_jobPlace);
    layout->addWidget(m_error);
    layout->addWidget(m_detail);
    layout->addWidget(m_answer, 1);
    return part;
}

void OperationPanel::addSentence(QVBoxLayout& layout, const QString& text, const char* role)
{
    if (text.isEmpty())
        return;
    QLabel* sentence = makeSentenceLabel(this);
    sentence->setProperty("role", QLatin1String(role));
    sentence->setText(text);
    layout.addWidget(sentence);
}

std::optional<QByteArray> OperationPanel::request()
{
    m_form->clearProblems();
    const OperationRequest made = operationRequest(m_operation, m_form->input());
    if (made.problem.isEmpty())
        return made.json;
    showProblem(made.problemField, made.problem);
    return std::nullopt;
}

void OperationPanel::run()
{
    if (m_isRunning)
        return;
    if (const auto json = request())
        Q_EMIT runRequested(m_operation, *json);
}

void OperationPanel::copyCommand()
{
    if (const auto json = request())
        QGuiApplication::clipboard()->setText(operationCommand(m_operation.name, *json));
}

void OperationPanel::begin(quint64 call, quint64 job)
{
    forgetOutcome();
    m_call = call;
    m_job = job;
    m_isRunning = true;
    m_sinceBegin.start();
    const bool hadFocus = window()->focusWidget() == m_run;
    m_run->setEnabled(false);
    m_focusWhileRunning = hadFocus ? window()->focusWidget() : nullptr;
}

void OperationPanel::setJob(const JobView& job)
{
    if (!m_isRunning || m_job == 0 || job.number != m_job)
        return;
    if (m_strip)
        return m_strip->setJob(job);
    m_strip = new JobStrip(job);
    connect(m_strip, &JobStrip::cancelRequested, this, &OperationPanel::cancelRequested);
    m_jobPlace->addWidget(m_strip);
}

void OperationPanel::end(const OperationOutcome& outcome)
{
    if (m_call == 0 || outcome.call != m_call)
        return;
    forgetOutcome();
    const std::chrono::duration<double> took = std::chrono::milliseconds(m_sinceBegin.elapsed());
    const bool wasRunning = std::exchange(m_isRunning, false);
    m_run->setEnabled(true);
    // Back to the button, if the user has not moved it meanwhile.
    if (m_focusWhileRunning && window()->focusWidget() == m_focusWhileRunning)
        m_run->setFocus();
    m_focusWhileRunning = nullptr;
    if (outcome.error)
        return showError(outcome);
    m_answer->setAnswer(outcome.answer,
        wasRunning ? tr("Answer after %1", "heading, a duration").arg(durationText(took))
                   : tr("Answer", "heading: of an operation"));
}

void OperationPanel::showError(const OperationOutcome& outcome)
{
    ErrorView error = *outcome.error;
    // What was typed is wrong: what helps elsewhere is no help here, and the engine says what it wants.
    if (!outcome.field.isEmpty()) {
        error.advice.clear();
        error.actions.clear();
        showProblem(outcome.field, error.sentence);
    }
    m_error->showError(error);
    m_detail->setText(error.detail);
    m_detail->show();
}

void OperationPanel::showProblem(const QString& field, const QString& sentence)
{
    if (QWidget* editor = m_form->showProblem(field, sentence))
        m_scroll->ensureWidgetVisible(editor, 0, kRoomAround);
}

void OperationPanel::forgetOutcome()
{
    m_error->hide();
    m_detail->hide();
    m_answer->clear();
    delete m_strip;
}

void OperationPanel::suggestModel(const QString& modelId) { m_form->suggest(QStringLiteral("model_id"), modelId); }

void OperationPanel::focusForm()
{
    if (m_operation.fields.isEmpty())
        m_run->setFocus();
    else
        m_form->focusFirst();
}

} // namespace weightroom::ui

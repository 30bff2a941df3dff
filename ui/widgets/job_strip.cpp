// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/job_strip.h"

#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/job_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/data_label.h"

#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLocale>
#include <QProgressBar>
#include <QToolButton>

namespace weightroom::ui {
namespace {

constexpr int kIconSize = 18;

struct StateIcon {
    const char* name;
    QColor color;
};

StateIcon iconFor(const JobView& job, const Theme& theme)
{
    switch (job.state) {
    case JobState::Succeeded:
        return {"check", theme.success};
    case JobState::Failed:
        return {"error", theme.danger};
    case JobState::Running:
        return {"rescan", theme.accent};
    case JobState::Cancelled:
        return {"close", theme.muted};
    case JobState::Queued:
    case JobState::None:
        break;
    }
    return {"clock", theme.muted};
}

} // namespace

JobStrip::JobStrip(const JobView& job, QWidget* parent)
    : QFrame(parent)
    , m_job(job)
    , m_icon(new QLabel(this))
    , m_title(new DataLabel(this))
    , m_cancel(new QToolButton(this))
    , m_progress(new QProgressBar(this))
    , m_detail(makeSentenceLabel(this))
    , m_advice(makeSentenceLabel(this))
    , m_actions(new QHBoxLayout)
{
    build();
    showTexts();
    showProgress();
    showIcon();
    showActions();
}

void JobStrip::setJob(const JobView& job)
{
    const bool isNewState = job.state != m_job.state;
    m_job = job;
    showTexts();
    showProgress();
    if (!isNewState)
        return;
    showIcon();
    showActions();
}

void JobStrip::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showIcon();
}

void JobStrip::build()
{
    setProperty("role", QStringLiteral("card"));
    setObjectName(QStringLiteral("jobStrip"));
    m_title->setFont(scaledFont(font(), 1.0, QFont::DemiBold));
    m_detail->setProperty("role", QStringLiteral("muted"));
    m_detail->setObjectName(QStringLiteral("jobDetail"));
    m_advice->setProperty("role", QStringLiteral("muted"));
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress", "accessible name"));
    m_cancel->setIcon(themedIcon(QStringLiteral("close")));
    m_cancel->setProperty("role", QStringLiteral("plain"));
    m_cancel->setObjectName(QStringLiteral("cancelJob"));
    m_cancel->setToolTip(tr("Cancel", "button: stops the job"));
    m_cancel->setAccessibleName(tr("Cancel the job", "accessible name"));
    connect(m_cancel, &QToolButton::clicked, this, &JobStrip::cancel);
    m_actions->setSpacing(kSpace);

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(3 * kSpace, 2 * kSpace, 2 * kSpace, 2 * kSpace + 2);
    layout->setHorizontalSpacing(2 * kSpace);
    layout->setVerticalSpacing(kSpace);
    layout->addWidget(m_icon, 0, 0, Qt::AlignTop);
    layout->addWidget(m_title, 0, 1);
    layout->addWidget(m_cancel, 0, 2, Qt::AlignTop);
    layout->addWidget(m_progress, 1, 1, 1, 2);
    layout->addWidget(m_detail, 2, 1, 1, 2);
    layout->addWidget(m_advice, 3, 1, 1, 2);
    layout->addLayout(m_actions, 4, 1, 1, 2);
    layout->setColumnStretch(1, 1);
}

void JobStrip::cancel()
{
    m_isCancelling = true;
    showTexts();
    Q_EMIT cancelRequested(m_job.number);
}

void JobStrip::showTexts()
{
    const bool isCancelling = m_isCancelling && !m_job.isFinished();
    m_cancel->setEnabled(!isCancelling);
    m_title->setData(jobTitle(m_job));
    m_detail->setText(
        isCancelling ? tr("Cancelling: everything is given back\u2026", "state of a job") : jobDetail(m_job));
    const bool hasFailed = m_job.state == JobState::Failed && m_job.error;
    m_advice->setText(hasFailed ? m_job.error->help() : QString());
    m_advice->setVisible(!m_advice->text().isEmpty());
    const QString started = tr("Started at %1", "tooltip, a time").arg(QLocale().toString(m_job.submittedAt.time()));
    setToolTip(plainToolTip(hasFailed ? started + QLatin1Char('\n') + m_job.error->detail : started));
    setAccessibleName(jobTitle(m_job));
    setAccessibleDescription(m_detail->text());
}

void JobStrip::showProgress()
{
    const bool isRunning = m_job.state == JobState::Running;
    m_progress->setVisible(isRunning);
    m_cancel->setVisible(!m_job.isFinished());
    // A maximum of 0 draws a bar that moves: busy, end unknown.
    m_progress->setMaximum(isRunning && m_job.total == 0 ? 0 : 100);
    m_progress->setValue(percentOf(m_job.done, m_job.total));
}

void JobStrip::showIcon()
{
    const StateIcon icon = iconFor(m_job, themeOf(palette()));
    m_icon->setPixmap(iconPixmap(QString::fromLatin1(icon.name), icon.color, kIconSize, devicePixelRatioF()));
}

void JobStrip::showActions()
{
    QList<ErrorAction> actions;
    if (m_job.state == JobState::Failed && m_job.error)
        actions = m_job.error->actions;
    fillActionRow(*m_actions, actions, *this, [this](ErrorAction action) { Q_EMIT actionRequested(action, m_job); });
}

} // namespace weightroom::ui

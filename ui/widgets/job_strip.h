// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/job_view.h"

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QProgressBar;
class QToolButton;

namespace weightroom::ui {

class DataLabel;

/// One job of the activity list: what it does, how far it is, and what can be done about it.
class JobStrip final : public QFrame {
    Q_OBJECT
public:
    explicit JobStrip(const JobView& job, QWidget* parent = nullptr);

    void setJob(const JobView& job);
    [[nodiscard]] const JobView& job() const { return m_job; }

Q_SIGNALS:
    void cancelRequested(quint64 number);
    void actionRequested(weightroom::ui::ErrorAction action, const weightroom::ui::JobView& job);

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    void cancel();
    void showTexts();
    void showProgress();
    void showIcon();
    void showActions();

    JobView m_job;
    bool m_isCancelling = false; ///< asked to, and not ended yet: the rollback takes a moment
    QLabel* m_icon;
    DataLabel* m_title;
    QToolButton* m_cancel;
    QProgressBar* m_progress;
    QLabel* m_detail;
    QLabel* m_advice;
    QHBoxLayout* m_actions;
};

} // namespace weightroom::ui

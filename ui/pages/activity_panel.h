// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/job_view.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace weightroom::ui {

class ActivityModel;
class JobStrip;

/// The jobs, newest on top: a strip for each row of the model.
class ActivityPanel final : public QWidget {
    Q_OBJECT
public:
    /// `model` must outlive the panel.
    explicit ActivityPanel(ActivityModel& model, QWidget* parent = nullptr);

    [[nodiscard]] JobStrip* strip(int row) const { return m_strips.value(row); }

Q_SIGNALS:
    void cancelRequested(quint64 number);
    void actionRequested(weightroom::ui::ErrorAction action, const weightroom::ui::JobView& job);

private:
    void build();
    void connectModel();
    void insertStrips(int first, int last);
    void removeStrips(int first, int last);
    void updateStrips(int first, int last);
    void updateEmptiness();

    ActivityModel& m_model;
    QList<JobStrip*> m_strips; ///< in the order of the rows
    QVBoxLayout* m_layout = nullptr;
    QLabel* m_empty = nullptr;
    QPushButton* m_clear = nullptr;
};

} // namespace weightroom::ui

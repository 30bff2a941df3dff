// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/job_view.h"

#include <QAbstractListModel>
#include <QList>

namespace weightroom::ui {

/// The jobs, newest first.
class ActivityModel final : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role {
        JobRole = Qt::UserRole, ///< JobView
        NumberRole, ///< quint64
        PercentRole, ///< int, 0 … 100
    };
    /// Older ones that have ended go: nobody scrolls further, and each row is a widget.
    static constexpr int kJobsShown = 60;

    using QAbstractListModel::QAbstractListModel;

    void setJob(const JobView& job); ///< a new job, or news of one
    void clearFinished();
    [[nodiscard]] int unfinishedCount() const;
    [[nodiscard]] const QList<JobView>& jobs() const { return m_jobs; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

private:
    void removeAt(int row);
    void dropOldest();

    QList<JobView> m_jobs;
};

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/activity_model.h"

#include "ui/bridge/text/job_text.h"
#include "ui/bridge/text/units.h"

#include <algorithm>

namespace weightroom::ui {

void ActivityModel::setJob(const JobView& job)
{
    // Numbers grow, so the list is sorted by them, falling.
    const auto position = std::ranges::lower_bound(m_jobs, job.number, std::greater{}, &JobView::number);
    const int row = static_cast<int>(position - m_jobs.begin());
    if (position != m_jobs.end() && position->number == job.number) {
        m_jobs[row] = job;
        Q_EMIT dataChanged(index(row), index(row));
        return;
    }
    beginInsertRows({}, row, row);
    m_jobs.insert(row, job);
    endInsertRows();
    dropOldest();
}

void ActivityModel::clearFinished()
{
    for (int row = static_cast<int>(m_jobs.size()) - 1; row >= 0; --row) {
        if (m_jobs[row].isFinished())
            removeAt(row);
    }
}

int ActivityModel::unfinishedCount() const
{
    return static_cast<int>(std::ranges::count_if(m_jobs, [](const JobView& job) { return !job.isFinished(); }));
}

int ActivityModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_jobs.size());
}

QVariant ActivityModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_jobs.size())
        return {};
    const JobView& job = m_jobs[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return jobTitle(job);
    case JobRole:
        return QVariant::fromValue(job);
    case NumberRole:
        return job.number;
    case PercentRole:
        return percentOf(job.done, job.total);
    default:
        return {};
    }
}

void ActivityModel::removeAt(int row)
{
    beginRemoveRows({}, row, row);
    m_jobs.removeAt(row);
    endRemoveRows();
}

void ActivityModel::dropOldest()
{
    for (int row = static_cast<int>(m_jobs.size()) - 1; row >= 0 && m_jobs.size() > kJobsShown; --row) {
        if (m_jobs[row].isFinished())
            removeAt(row);
    }
}

} // namespace weightroom::ui

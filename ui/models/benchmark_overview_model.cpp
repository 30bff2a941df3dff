// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/benchmark_overview_model.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weightroom::ui {
namespace {

/// That any of the models has, in the order of BenchmarkStage.
QList<BenchmarkStage> stagesOf(const QList<BenchmarkModelView>& models)
{
    QList<BenchmarkStage> stages;
    for (int number = 1; number <= static_cast<int>(BenchmarkStage::Whole); ++number) {
        const auto stage = static_cast<BenchmarkStage>(number);
        if (movesBytes(stage) && std::ranges::any_of(models, [stage](const auto& model) { return model.find(stage); }))
            stages.append(stage);
    }
    return stages;
}

/// "2.30 GiB/s \u00B7 92 %"; a dash where nothing is known.
QString cellText(const BenchmarkStageView* stage)
{
    if (!stage || !stage->bytesPerSecond)
        return QStringLiteral("\u2013");
    if (!stage->limitShare)
        return rateText(*stage->bytesPerSecond);
    const int percent = static_cast<int>(std::lround(std::min(*stage->limitShare, 100.0) * 100));
    return rateText(*stage->bytesPerSecond) + QStringLiteral(" \u00B7 ") + percentText(percent);
}

QString tipText(const BenchmarkModelView& model, const BenchmarkStageView* stage)
{
    if (stage)
        return stageFigureText(*stage);
    return model.problem.isEmpty() ? model.name : model.problem;
}

} // namespace

void BenchmarkOverviewModel::setModels(const QList<BenchmarkModelView>& models)
{
    const QList<BenchmarkStage> stages = stagesOf(models);
    const bool areSame = stages == m_stages
        && std::ranges::equal(models, m_models, {}, &BenchmarkModelView::id, &BenchmarkModelView::id);
    if (!areSame) {
        beginResetModel();
        m_models = models;
        m_stages = stages;
        endResetModel();
        return;
    }
    const QList<BenchmarkModelView> before = std::exchange(m_models, models);
    for (int row = 0; row < m_models.size(); ++row) {
        if (before[row] != m_models[row])
            Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
    }
}

int BenchmarkOverviewModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_models.size());
}

int BenchmarkOverviewModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : FirstStageColumn + static_cast<int>(m_stages.size());
}

const BenchmarkStageView* BenchmarkOverviewModel::stageAt(const QModelIndex& index) const
{
    return index.column() < FirstStageColumn ? nullptr
                                             : m_models[index.row()].find(m_stages[index.column() - FirstStageColumn]);
}

QVariant BenchmarkOverviewModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_models.size() || index.column() >= columnCount())
        return {};
    const BenchmarkModelView& model = m_models[index.row()];
    const BenchmarkStageView* stage = stageAt(index);
    switch (role) {
    case Qt::DisplayRole:
        return index.column() == NameColumn ? model.name : cellText(stage);
    case Qt::ToolTipRole:
        return plainToolTip(tipText(model, stage));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter | (index.column() == NameColumn ? Qt::AlignLeft : Qt::AlignRight));
    case ValueRole:
        return stage && stage->bytesPerSecond ? QVariant(*stage->bytesPerSecond) : QVariant();
    default:
        return {};
    }
}

QVariant BenchmarkOverviewModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= columnCount())
        return {};
    return section == NameColumn ? tr("Model", "column: of a benchmark")
                                 : stageText(m_stages[section - FirstStageColumn]);
}

} // namespace weightroom::ui

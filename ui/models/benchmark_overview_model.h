// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

#include <QAbstractTableModel>

namespace weightroom::ui {

/// The models of one benchmark beside one another, a model a row: its name, and a column for each stage that moves
/// bytes and was measured of any of them, with the median rate and the share of the stage's limit. Times are in the tip
/// of a cell, as models differ in size.
class BenchmarkOverviewModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { NameColumn = 0, FirstStageColumn };
    enum Role { ValueRole = Qt::UserRole }; ///< bytes a second, where they are known

    using QAbstractTableModel::QAbstractTableModel;

    /// Once a tick; the same models with the same stages keep their rows.
    void setModels(const QList<BenchmarkModelView>& models);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] const BenchmarkStageView* stageAt(const QModelIndex& index) const;

    QList<BenchmarkModelView> m_models;
    QList<BenchmarkStage> m_stages; ///< of the columns
};

} // namespace weightroom::ui

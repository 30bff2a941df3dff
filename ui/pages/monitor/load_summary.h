// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QWidget>

class QLabel;
class QTableView;

namespace weightroom::ui {

class LoadFiguresModel;

/// What the loads of the last minutes have come to, device by device, and how often they found something in the cache.
/// Hidden while that is not known.
class LoadSummary final : public QWidget {
    Q_OBJECT
public:
    explicit LoadSummary(QWidget* parent = nullptr);

    void setPerformance(const PerformanceView& performance);

private:
    void fitTable();

    LoadFiguresModel* m_model;
    QTableView* m_table;
    QLabel* m_cache;
};

} // namespace weightroom::ui

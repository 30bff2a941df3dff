// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QList>
#include <QWidget>

class QGridLayout;
class QLabel;

namespace weightroom::ui {

/// What a GPU says of itself, or the kernel of a control group, in two columns. Hidden while there is nothing to say.
class GpuFigureList final : public QWidget {
    Q_OBJECT
public:
    explicit GpuFigureList(QWidget* parent = nullptr);

    void setFigures(const QList<GpuFigure>& figures);

private:
    struct Line {
        QLabel* name;
        QLabel* value;
    };

    void addLine();

    QGridLayout* m_grid;
    QList<Line> m_lines;
};

} // namespace weightroom::ui

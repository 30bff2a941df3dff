// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory/gpu_figure_list.h"

#include "ui/style/theme.h"

#include <QGridLayout>
#include <QLabel>

namespace weightroom::ui {

GpuFigureList::GpuFigureList(QWidget* parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(3 * kSpace);
    m_grid->setVerticalSpacing(kSpace / 2);
    m_grid->setColumnStretch(1, 1);
    hide();
}

void GpuFigureList::setFigures(const QList<GpuFigure>& figures)
{
    while (m_lines.size() < figures.size())
        addLine();
    for (qsizetype row = 0; row < m_lines.size(); ++row) {
        const Line& line = m_lines[row];
        const bool isUsed = row < figures.size();
        line.name->setVisible(isUsed);
        line.value->setVisible(isUsed);
        if (!isUsed)
            continue;
        line.name->setText(figures[row].name);
        line.value->setText(figures[row].value);
        line.value->setEnabled(figures[row].isKnown);
    }
    setVisible(!figures.isEmpty());
}

void GpuFigureList::addLine()
{
    const Line line{.name = new QLabel(this), .value = new QLabel(this)};
    line.name->setProperty("role", QStringLiteral("muted"));
    line.value->setTextFormat(Qt::PlainText);
    line.value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    line.name->setBuddy(line.value);
    const auto row = static_cast<int>(m_lines.size());
    m_grid->addWidget(line.name, row, 0, Qt::AlignTop);
    m_grid->addWidget(line.value, row, 1);
    line.value->setWordWrap(true);
    m_lines.append(line);
}

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/load_summary.h"

#include "ui/bridge/text/units.h"
#include "ui/models/load_figures_model.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/detail_table.h"

#include <QHeaderView>
#include <QLabel>
#include <QScrollBar>
#include <QTableView>
#include <QVBoxLayout>

namespace weightroom::ui {

LoadSummary::LoadSummary(QWidget* parent)
    : QWidget(parent)
    , m_model(new LoadFiguresModel(this))
    , m_table(new QTableView(this))
    , m_cache(makeSentenceLabel(this))
{
    m_table->setModel(m_model);
    m_table->setObjectName(QStringLiteral("loadFigures"));
    m_table->setAccessibleName(tr("Loads in the last 5 minutes, by device", "accessible name of a table"));
    m_table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // as high as its rows
    setUpDetailTable(*m_table);
    m_table->horizontalHeader()->setSectionResizeMode(LoadFiguresModel::DeviceColumn, QHeaderView::Stretch);
    m_cache->setObjectName(QStringLiteral("cacheHitRate"));
    m_cache->setProperty("role", QStringLiteral("muted"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, kSpace, 0, 0);
    layout->addWidget(makeHeading(tr("Loads in the last 5 minutes", "heading"), 1.0, this));
    layout->addWidget(m_table);
    layout->addWidget(m_cache);
    hide();
}

void LoadSummary::setPerformance(const PerformanceView& performance)
{
    m_model->setFigures(performance.devices);
    m_cache->setText(performance.cacheHitRate
            ? tr("%1 of what loads looked for was in the RAM cache.", "share of components")
                  .arg(percentText(qRound(*performance.cacheHitRate * 100)))
            : tr("No load has looked into the RAM cache."));
    fitTable();
    setVisible(!performance.devices.isEmpty());
}

void LoadSummary::fitTable()
{
    const int rows = m_model->rowCount() * m_table->verticalHeader()->defaultSectionSize();
    const int bar = m_table->horizontalScrollBar()->sizeHint().height(); // where it is narrow
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() + rows + 2 * m_table->frameWidth() + bar);
}

} // namespace weightroom::ui

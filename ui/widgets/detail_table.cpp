// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/detail_table.h"

#include "ui/style/theme.h"

#include <QHeaderView>
#include <QTableView>

namespace weightroom::ui {

void setUpDetailTable(QTableView& table)
{
    table.setShowGrid(false);
    table.setWordWrap(false);
    table.setTabKeyNavigation(false);
    table.verticalHeader()->hide();
    table.verticalHeader()->setDefaultSectionSize(table.fontMetrics().height() + 2 * kSpace + 1);
    table.horizontalHeader()->setHighlightSections(false);
    table.horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table.horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
}

} // namespace weightroom::ui

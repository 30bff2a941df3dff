// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QTableView;

namespace weightroom::ui {

/// Makes a table look like those among the details: no grid, narrow rows, columns as wide as what stands in them. It
/// has its model already.
void setUpDetailTable(QTableView& table);

} // namespace weightroom::ui

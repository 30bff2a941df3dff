// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

namespace weightroom::ui {

/// What a line of the ledger is called, wherever it is shown: "blender (process 4711)". Of a component its id.
[[nodiscard]] QString ledgerLabel(const LedgerRow& row);

} // namespace weightroom::ui

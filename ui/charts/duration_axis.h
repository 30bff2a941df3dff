// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/nice_axis.h"

namespace weightroom::ui {

/// An axis of times from 0 to a round one from `greatest` seconds on, with at most about `most` steps, in microseconds
/// to minutes. Other than valueAxis() it has no least height: what takes 2 ms fills it too.
[[nodiscard]] ValueAxis durationAxis(double greatest, int most);

} // namespace weightroom::ui

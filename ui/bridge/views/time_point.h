// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace weightroom::ui {

/// What was read at one moment, or over the short time that it stands for: then the mean lies between the others.
struct TimePoint {
    qint64 at = 0; ///< milliseconds since 1970 (UTC)
    double minimum = 0;
    double mean = 0;
    double maximum = 0;
    double weight = 1; ///< what the mean counts for beside others: so many values it is of. Above 0

    friend bool operator==(const TimePoint&, const TimePoint&) = default;
};

} // namespace weightroom::ui

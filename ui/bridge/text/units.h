// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

#include <chrono>

namespace weightroom::ui {

// Numbers as people read them, in the default locale. Sizes are in units of 1024 and say so (KiB, MiB, GiB).

/// "6.94 GiB", "312 bytes".
[[nodiscard]] QString bytesText(quint64 bytes);
/// Every digit, for tooltips and for those who compare: "7,451,234,112 bytes".
[[nodiscard]] QString exactBytesText(quint64 bytes);
/// "2.10 GiB/s"; empty when nothing moved.
[[nodiscard]] QString rateText(double bytesPerSecond);
/// "42 ms", "0.4 s", "12 s", "3 min 05 s", "1 h 02 min".
[[nodiscard]] QString durationText(std::chrono::duration<double> duration);
/// "14:35"; with its date when that is not today.
[[nodiscard]] QString momentText(const QDateTime& moment, const QDate& today);
/// Whole percent, rounded down: 100 is only said when all is done, and an unknown total gives 0.
[[nodiscard]] int percentOf(quint64 done, quint64 total);
/// "42 %", as the locale writes it.
[[nodiscard]] QString percentText(int percent);
/// "1,680" in the locale's digits.
[[nodiscard]] QString countText(quint64 count);

} // namespace weightroom::ui

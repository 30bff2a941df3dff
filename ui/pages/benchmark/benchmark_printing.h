// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

class QIODevice;

namespace weightroom::ui {

/// Writes a report as a PDF of A4 pages: the machine and the setup, and for each model its chart and its figures, in
/// the colours of the light theme. False: the device took not all of it. On the GUI thread; some 20 ms for each model.
[[nodiscard]] bool printBenchmark(const BenchmarkReportView& report, QIODevice& device);

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

class QIODevice;
class QTextDocument;

namespace weightroom::ui {

/// What is printed of a report: the machine and the setup, several models beside one another, and for each model its
/// chart, its figures, which loads are far from the others, and the times of all iterations, in the colours of the
/// light theme. On the GUI thread; some 20 ms for each model.
void fillBenchmarkDocument(const BenchmarkReportView& report, QTextDocument& document);

/// Writes that as a PDF of A4 pages. False: the device took not all of it. On the GUI thread.
[[nodiscard]] bool printBenchmark(const BenchmarkReportView& report, QIODevice& device);

} // namespace weightroom::ui

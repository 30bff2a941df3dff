// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/benchmark/benchmark_runs.h"

#include <QObject>

#include <optional>

namespace weightroom::ui {

class Banner;
class BenchmarkPage;
class EngineBridge;
class Prompts;

/// Writes runs of the page of benchmarks into files that the user names. Each request ends in a file or in a message,
/// unless the user names no file. Figures are written by the engine; charts and what is printed by the window, which
/// knows them, as soon as the page shows the runs. All that it is made with is borrowed and outlives it.
class BenchmarkExporter final : public QObject {
    Q_OBJECT
public:
    BenchmarkExporter(EngineBridge& bridge, Prompts& prompts, BenchmarkPage& page, Banner& banner, QObject* parent);

    /// As BenchmarkRuns::exportRequested(). Asks for the file first. Nothing that is there is replaced.
    void write(const QStringList& ids, BenchmarkExport as);

private:
    /// What waits for the page.
    struct Awaited {
        QStringList ids;
        QByteArray file;
        BenchmarkExport as = BenchmarkExport::ChartPicture;
    };

    void writeInto(const QByteArray& file, const QStringList& ids, BenchmarkExport as);
    [[nodiscard]] bool isShown(const QStringList& ids) const;
    void followPage();
    void forget(const QString& refusedId);
    /// Of what the page shows.
    void writePicture(const Awaited& picture);
    void writeFile(const QByteArray& file, BenchmarkExport as);
    void tellWritten(const QByteArray& file);
    void tellProblem(const QByteArray& file, const QString& reason);

    EngineBridge& m_bridge;
    Prompts& m_prompts;
    BenchmarkPage& m_page;
    Banner& m_banner;
    std::optional<Awaited> m_awaited;
};

} // namespace weightroom::ui

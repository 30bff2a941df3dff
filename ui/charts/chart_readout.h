// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/plot_geometry.h"

#include <QColor>
#include <QList>
#include <QString>

#include <optional>

class QPainter;

namespace weightroom::ui {

struct Theme;

/// What a readout says of one series.
struct ReadoutRow {
    QColor color;
    QString name;
    QString value; ///< with its unit, or that there is none
    QString range; ///< "512 MiB – 6.94 GiB" where the least and the greatest value differ; else empty
    std::optional<TimePoint> point; ///< what was read
};

/// The values of all series at one moment.
struct Readout {
    qint64 at = 0;
    QString moment; ///< as text
    QList<ReadoutRow> rows;
};

[[nodiscard]] ReadoutRow readoutRow(
    const TimeSeries& series, const std::optional<TimePoint>& point, ChartUnit unit, const QColor& color);
/// Plain text, one line each.
[[nodiscard]] QString toText(const Readout& readout);
/// Paints the crosshair, a dot on each line, and the box, which stays within `bounds`. With the painter's font.
void paintReadout(
    QPainter& painter, const Readout& readout, const PlotGeometry& geometry, const QRectF& bounds, const Theme& theme);

} // namespace weightroom::ui

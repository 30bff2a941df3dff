// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QList>
#include <QString>

#include <array>
#include <optional>

namespace weightroom::ui {

/// What is measured of a load; bytes, then seconds.
enum class LoadFigure : quint8 { Bytes = 0, Allocating, Reading, Copying, Total };
inline constexpr std::size_t kLoadFigures = 5;

/// A figure of one load: what was said before it began, and what was found.
struct ForecastView {
    std::optional<double> predicted; ///< absent: nobody could say anything yet
    double measured = 0;
    std::optional<double> errorPercent{}; ///< positive where the prediction was too high

    friend bool operator==(const ForecastView&, const ForecastView&) = default;
};

/// One load of a model that has succeeded.
struct LoadRecordView {
    QDateTime at; ///< its end
    QString deviceId; ///< empty: into the RAM cache only
    std::array<ForecastView, kLoadFigures> figures; ///< by LoadFigure; bytes are new ones at the place

    [[nodiscard]] const ForecastView& operator[](LoadFigure figure) const
    {
        return figures.at(static_cast<std::size_t>(figure));
    }
    friend bool operator==(const LoadRecordView&, const LoadRecordView&) = default;
};

/// How the last loads of a model went, the newest first.
struct LoadRecordsView {
    QString modelId;
    QList<LoadRecordView> records;
};

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/history/history_export.h"

#include <memory>
#include <string>

namespace weightroom::engine {

/// How one format writes the parts of a history. Its functions add to `text`, in the order begin (beginSeries addPoint…
/// endSeries)… end.
class HistoryText {
public:
    virtual ~HistoryText() = default;
    virtual void begin(std::string& text, const HistorySpan& span) = 0;
    virtual void beginSeries(std::string& text, const SeriesKey& series, HistoryStep step) = 0;
    virtual void addPoint(std::string& text, const MetricPoint& point) = 0;
    virtual void endSeries(std::string& text) = 0;
    virtual void end(std::string& text) = 0;
};

/// Nothing for Unknown.
[[nodiscard]] std::unique_ptr<HistoryText> makeHistoryText(HistoryFormat format);

} // namespace weightroom::engine

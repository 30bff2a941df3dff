// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_text.h"

#include "model_engine/core/json.h"
#include "model_engine/core/system/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::array<std::pair<HistoryFormat, std::string_view>, 2> kFormats{{
    {HistoryFormat::CsvText, "csv"},
    {HistoryFormat::JsonText, "json"},
}};

std::string isoText(Clock::Wall time) { return toIsoText(time, IsoPrecision::Seconds); }

/// The shortest text that is this number again, whatever the locale.
template <class Number>
std::string numberText(Number number)
{
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

/// One cell of text that anybody may have chosen: a line stays a line, and a formula text.
std::string csvCell(std::string_view content)
{
    std::string text = escapeForTerminal(content);
    if (!text.empty() && std::string_view{"=+-@"}.find(text.front()) != std::string_view::npos)
        text.insert(text.begin(), '\'');
    if (text.find_first_of(",\"") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char letter : text)
        quoted.append(letter == '"' ? 2 : 1, letter);
    return quoted + '"';
}

class CsvHistory final : public HistoryText {
public:
    void begin(std::string& text, const HistorySpan&) override
    {
        text += "time,metric,device,unit,step_seconds,minimum,mean,maximum,count\n";
    }
    void beginSeries(std::string&, const SeriesKey& series, HistoryStep step) override
    {
        const MetricInfo& info = infoOf(series.metric);
        m_series = "," + std::string{info.name} + "," + csvCell(series.device.text) + ",";
        m_series.append(toText(info.unit)).append(",").append(numberText(lengthOf(step).count()));
    }
    void addPoint(std::string& text, const MetricPoint& point) override
    {
        text.append(isoText(point.from)).append(m_series);
        for (const double number : {point.minimum, point.mean, point.maximum})
            text.append(",").append(numberText(number));
        text.append(",").append(numberText(point.count)).append("\n");
    }
    void endSeries(std::string&) override { }
    void end(std::string&) override { }

private:
    std::string m_series; ///< the cells that all points of a series have in common
};

class JsonHistory final : public HistoryText {
public:
    void begin(std::string& text, const HistorySpan& span) override
    {
        text.append("{\"from\":\"").append(isoText(span.from)).append("\",\"to\":\"").append(isoText(span.to));
        text += "\",\"series\":[";
    }
    void beginSeries(std::string& text, const SeriesKey& series, HistoryStep step) override
    {
        const MetricInfo& info = infoOf(series.metric);
        std::string head = writeJson(
            {{"metric", info.name}, {"device", series.device.empty() ? Json(nullptr) : Json(series.device.text)},
                {"unit", toText(info.unit)}, {"step_seconds", lengthOf(step).count()}});
        head.back() = ','; // the object goes on
        text.append(m_hasSeries ? ",\n" : "\n").append(head).append("\"points\":[");
        m_hasSeries = true;
        m_hasPoints = false;
    }
    void addPoint(std::string& text, const MetricPoint& point) override
    {
        text.append(m_hasPoints ? ",\n" : "\n");
        text += writeJson({{"time", isoText(point.from)}, {"minimum", point.minimum}, {"mean", point.mean},
            {"maximum", point.maximum}, {"count", point.count}});
        m_hasPoints = true;
    }
    void endSeries(std::string& text) override { text += "]}"; }
    void end(std::string& text) override { text += "]}\n"; }

private:
    bool m_hasSeries = false;
    bool m_hasPoints = false;
};

} // namespace

std::string_view toText(HistoryFormat format)
{
    const auto* const row = std::ranges::find(kFormats, format, &std::pair<HistoryFormat, std::string_view>::first);
    return row == kFormats.end() ? "unknown" : row->second;
}

std::optional<HistoryFormat> historyFormatFromText(std::string_view text)
{
    const auto* const row = std::ranges::find(kFormats, text, &std::pair<HistoryFormat, std::string_view>::second);
    return row == kFormats.end() ? std::nullopt : std::optional{row->first};
}

std::unique_ptr<HistoryText> makeHistoryText(HistoryFormat format)
{
    switch (format) {
    case HistoryFormat::CsvText:
        return std::make_unique<CsvHistory>();
    case HistoryFormat::JsonText:
        return std::make_unique<JsonHistory>();
    case HistoryFormat::Unknown:
        break;
    }
    return nullptr;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_export.h"

#include "model_engine/monitor/history/history_text.h"

#include <span>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

/// So many are read and written at once: some 100 bytes each as text.
constexpr std::size_t kPiece = 4096;

/// One export at work.
class Export {
public:
    Export(HistoryStore& store, const HistoryExport& request, HistoryText& text, NewFile& file)
        : m_store(store)
        , m_request(request)
        , m_format(text)
        , m_file(file)
    {
    }

    Result<ExportedHistory> run(const std::stop_token& stop)
    {
        m_format.begin(m_text, m_request.span);
        for (const SeriesKey& series : m_request.series) {
            if (auto added = addSeries(series, stop); !added)
                return fail(std::move(added).error());
        }
        m_format.end(m_text);
        if (auto written = writeOut(); !written)
            return fail(std::move(written).error());
        return m_done;
    }

private:
    Result<> addSeries(const SeriesKey& series, const std::stop_token& stop)
    {
        HistorySpan rest = m_request.span;
        auto piece = m_store.readFirst(series, rest, kPiece, m_request.step);
        if (piece)
            m_format.beginSeries(m_text, series, piece->step);
        while (piece) {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, "the export of the history was cancelled");
            if (auto added = add(piece->points); !added)
                return added;
            // Written so that no sum can pass the end of all time.
            if (piece->points.size() < kPiece || piece->points.back().from >= rest.to - piece->length) {
                m_format.endSeries(m_text);
                return {};
            }
            rest.from = piece->points.back().from + piece->length;
            piece = m_store.readFirst(series, rest, kPiece, piece->step);
        }
        return fail(std::move(piece).error());
    }

    Result<> add(std::span<const MetricPoint> points)
    {
        for (const MetricPoint& point : points)
            m_format.addPoint(m_text, point);
        m_done.points += points.size();
        return writeOut();
    }

    Result<> writeOut()
    {
        if (auto written = m_file.append(std::as_bytes(std::span{m_text})); !written)
            return written;
        m_done.size += Bytes{m_text.size()};
        m_text.clear();
        return {};
    }

    HistoryStore& m_store;
    const HistoryExport& m_request;
    HistoryText& m_format;
    NewFile& m_file;
    std::string m_text; ///< not yet written
    ExportedHistory m_done;
};

} // namespace

Result<ExportedHistory> exportHistory(HistoryStore& store, const HistoryExport& request, const std::stop_token& stop)
{
    const auto text = makeHistoryText(request.format);
    if (!text)
        return fail(ErrorCode::InvalidValue, "the format must be csv or json", {.field = "format"});
    if (request.ifExists == IfExists::Refuse) {
        if (auto isFree = expectNothingAt(request.target); !isFree)
            return fail(std::move(isFree).error());
    }
    auto file = NewFile::create(request.target);
    if (!file)
        return fail(std::move(file).error());
    auto done = Export{store, request, *text, *file}.run(stop);
    if (!done)
        return done;
    if (auto committed = file->commit(request.ifExists); !committed)
        return fail(std::move(committed).error());
    return done;
}

} // namespace weightroom::engine

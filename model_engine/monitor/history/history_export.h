// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/new_file.h"
#include "model_engine/monitor/history/history_store.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// How a history is written for other programs. Both are UTF-8 with times in UTC as ISO 8601 writes them.
///
/// CsvText, after RFC 4180 but with plain line feeds: a line of names, then one for each point. What a spreadsheet
/// would take for a formula, in the name of a device, gets an apostrophe before it.
///
///     time,metric,device,unit,step_seconds,minimum,mean,maximum,count
///     2026-11-27T10:00:00Z,temperature,GPU_0,celsius,60,41,42.5,44,60
///
/// JsonText: an object with the span ("from", "to") and "series", a list; each has metric, device (null: of the
/// machine), unit, step_seconds, and points, a list of objects.
enum class HistoryFormat : std::uint8_t { Unknown = 0, CsvText, JsonText };
[[nodiscard]] std::string_view toText(HistoryFormat format); ///< "csv", "json"
[[nodiscard]] std::optional<HistoryFormat> historyFormatFromText(std::string_view text);

/// What is to be written, and where.
struct HistoryExport {
    std::vector<SeriesKey> series; ///< in this order; those that have nothing in the span are in it without points
    HistorySpan span;
    /// Unknown: for each series the finest that still has the span's beginning.
    HistoryStep step = HistoryStep::Unknown;
    HistoryFormat format = HistoryFormat::Unknown;
    std::filesystem::path target;
    IfExists ifExists = IfExists::Refuse;
};

/// What was written.
struct ExportedHistory {
    std::uint64_t points = 0;
    Bytes size{};
};

/// Writes a file, whole or not at all. Reads the history piece by piece, in bounded memory (1 MiB); what is written to
/// it meanwhile may be in the file or not. Looks at `stop` with each piece. Any thread that may wait for the disk.
/// Errors: InvalidValue (no format), AlreadyExists, Cancelled, those of NewFile and of HistoryStore.
[[nodiscard]] Result<ExportedHistory> exportHistory(
    HistoryStore& store, const HistoryExport& request, const std::stop_token& stop = {});

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/load_record_values.h"

namespace weightroom::ui {
namespace {

/// In the order of LoadFigure; the first one depends on the place.
constexpr std::array<const char*, kLoadFigures> kFields{
    nullptr, "allocating_seconds", "disk_seconds", "copy_seconds", "total_seconds"};

std::optional<double> numberIn(const engine::Json& row, const char* field)
{
    const engine::Json& value = row.at(field);
    return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

LoadRecordView recordView(const engine::Json& row)
{
    const bool isInCache = row.at("device_id") == "cache";
    LoadRecordView view;
    view.at = QDateTime::fromString(QString::fromStdString(row.at("loaded_at").get<std::string>()), Qt::ISODate)
                  .toLocalTime();
    if (!isInCache)
        view.deviceId = QString::fromStdString(row.at("device_id").get<std::string>());
    for (std::size_t i = 0; i < kLoadFigures; ++i) {
        const char* field = i > 0 ? kFields.at(i) : isInCache ? "cache_bytes" : "device_bytes";
        view.figures.at(i) = {.predicted = numberIn(row.at("predicted"), field),
            .measured = row.at("measured").at(field).get<double>(),
            .errorPercent = numberIn(row.at("error_percent"), field)};
    }
    return view;
}

} // namespace

LoadRecordsView loadRecordsView(const QString& modelId, const engine::Json& answer)
{
    LoadRecordsView view{.modelId = modelId, .records = {}};
    for (const engine::Json& row : answer.at("records"))
        view.records.append(recordView(row));
    return view;
}

} // namespace weightroom::ui

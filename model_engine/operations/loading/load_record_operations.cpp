// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/load_record_operations.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kDefaultRecords = 20;

Json numberOrNull(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

std::optional<double> secondsOf(const std::optional<LoadForecast::Seconds>& seconds)
{
    return seconds ? std::optional{seconds->count()} : std::nullopt;
}

Json measuredJson(const MeasuredLoad& measured)
{
    return {
        {"device_bytes", measured.onDevice.value},
        {"cache_bytes", measured.inCache.value},
        {"allocating_seconds", measured.took.taking.count()},
        {"disk_seconds", measured.took.reading.count()},
        {"copy_seconds", measured.took.copying.count()},
        {"total_seconds", measured.total.count()},
    };
}

/// Of all that both have.
Json errorsJson(const Json& predicted, const Json& measured)
{
    Json errors = Json::object();
    for (const auto& [name, value] : measured.items()) {
        const Json& foretold = predicted.at(name);
        errors[name] = foretold.is_null() ? Json(nullptr)
                                          : numberOrNull(errorPercent(foretold.get<double>(), value.get<double>()));
    }
    return errors;
}

Json recordJson(const LoadRecord& record)
{
    Json predicted = predictedJson(record.predicted);
    Json measured = measuredJson(record.measured);
    Json errors = errorsJson(predicted, measured);
    return {
        {"model_id", record.model.text},
        {"device_id", record.device.empty() ? std::string{kPreloadIntoCache} : record.device.text},
        {"loaded_at", toIsoText(record.at, IsoPrecision::Seconds)},
        {"predicted", std::move(predicted)},
        {"measured", std::move(measured)},
        {"error_percent", std::move(errors)},
    };
}

Json getModelLoadRecords(const EngineServices& services, const Arguments& arguments)
{
    const auto most = static_cast<std::size_t>(std::max<std::int64_t>(arguments.integer("limit", kDefaultRecords), 0));
    const ModelId model{arguments.text("model_id")};
    const auto& records = services.tables.loadRecords.all();
    Json rows = Json::array();
    for (auto record = records.rbegin(); record != records.rend() && rows.size() < most; ++record) {
        if (model.empty() || record->model == model)
            rows.push_back(recordJson(*record));
    }
    return {{"records", std::move(rows)}};
}

} // namespace

Json predictedJson(const PredictedLoad& predicted)
{
    return {
        {"device_bytes", predicted.onDevice.value},
        {"cache_bytes", predicted.inCache.value},
        {"allocating_seconds", numberOrNull(secondsOf(predicted.forecast.taking))},
        {"disk_seconds", numberOrNull(secondsOf(predicted.forecast.reading))},
        {"copy_seconds", numberOrNull(secondsOf(predicted.forecast.copying))},
        {"total_seconds", numberOrNull(secondsOf(predicted.forecast.total()))},
    };
}

void addLoadRecordOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add({
        .family = "model",
        .name = "get_model_load_records",
        .summary = "What the last loads of this run were predicted to take, and what they took.",
        .fields =
            {
                {.name = "model_id", .type = FieldType::Text, .help = "Loads of this model; left out: of all."},
                {.name = "limit",
                    .type = FieldType::Integer,
                    .help = "At most so many; left out: 20.",
                    .minimum = 1,
                    .maximum = static_cast<std::int64_t>(LoadRecords::kMost)},
            },
        .errors = {},
        .answer = "records, the newest first: model_id, device_id (or \"cache\"), loaded_at, predicted and measured "
                  "with device_bytes and cache_bytes (new in the memory, alignment included), allocating_seconds, "
                  "disk_seconds, copy_seconds, total_seconds (predicted ones null where no load of this run had said "
                  "anything yet), and error_percent of each: positive where the prediction was too high, null where "
                  "there is nothing to compare",
        .handler = [&services](const Arguments& arguments, JobContext*) -> Result<Json> {
            return getModelLoadRecords(services, arguments);
        },
    });
}

} // namespace weightroom::engine

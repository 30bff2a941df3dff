// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/monitor/history_export_operations.h"

#include "model_engine/monitor/history/history_export.h"
#include "model_engine/operations/monitor/engine_monitor.h"
#include "model_engine/operations/monitor/history_fields.h"

namespace weightroom::engine {
namespace {

Result<Json> postHistoryExport(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    auto series = seriesFrom(arguments, services);
    if (!series)
        return fail(std::move(series).error());
    const auto store = services.monitor->history();
    if (!store)
        return fail(store.error());
    const HistoryExport wanted{.series = std::move(*series),
        .span = spanFrom(arguments, services.clock),
        .step = stepFrom(arguments),
        .format = historyFormatFromText(arguments.text("format", "csv")).value_or(HistoryFormat::Unknown),
        .target = arguments.text("file"),
        .ifExists = arguments.text("if_exists") == "replace" ? IfExists::Replace : IfExists::Refuse};
    job.setPhase(JobPhase::Writing);
    const auto written = exportHistory(**store, wanted, job.stopToken());
    if (!written)
        return fail(written.error());
    return Json{
        {"file", arguments.text("file")}, {"point_count", written->points}, {"size_bytes", written->size.value}};
}

std::vector<FieldSpec> exportFields()
{
    return {
        {.name = "file",
            .type = FieldType::Path,
            .presence = Presence::Required,
            .help = "The file to write. Its folder must be there."},
        {.name = "format", .type = FieldType::Text, .help = "csv or json; left out: csv.", .allowed = {"csv", "json"}},
        metricsField("Which metrics; left out: all."),
        historyDeviceField("Of this device, and of the machine; left out: of all devices."),
        periodField(),
        endTimeField(),
        stepField("Over what the values are put together; left out: for each metric the finest that still has the "
                  "beginning of the period."),
        {.name = "if_exists",
            .type = FieldType::Text,
            .help = "What happens to a file that is already there: refuse or replace; left out: refuse.",
            .allowed = {"refuse", "replace"}},
    };
}

} // namespace

void addHistoryExportOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add({
        .family = "monitor",
        .name = "post_history_export",
        .summary = "Writes metrics over a period into a file, whole or not at all.",
        .duration = Duration::Long,
        .fields = exportFields(),
        .errors = {ErrorCode::DeviceNotFound, ErrorCode::NotFound, ErrorCode::AlreadyExists, ErrorCode::Cancelled,
            ErrorCode::PermissionDenied, ErrorCode::NotRegularFile, ErrorCode::DiskFull, ErrorCode::IoError,
            ErrorCode::FileInUse, ErrorCode::InvalidFormat, ErrorCode::Unsupported, ErrorCode::OutOfHostMemory,
            ErrorCode::NotAnswering},
        .answer = "file, point_count, size_bytes",
        .describe =
            [](const Arguments& arguments) {
                return JobDescription{.operation = "post_history_export",
                    .modelId = {},
                    .deviceId = DeviceId{arguments.text("device_id")},
                    .subject = arguments.text("file"),
                    .weight = JobWeight::Light};
            },
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postHistoryExport(services, arguments, *job); },
    });
}

} // namespace weightroom::engine

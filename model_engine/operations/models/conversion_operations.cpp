// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/conversion_operations.h"

#include "model_engine/catalog/conversion/conversion.h"
#include "model_engine/catalog/model_matching.h"
#include "model_engine/catalog/scan/scanner.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/models/requested_model.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::array kPrecisions{Dtype::F32, Dtype::F16, Dtype::Bf16, Dtype::F8E4M3, Dtype::F8E5M2};

/// Nothing for "keep".
std::optional<Dtype> precisionFrom(std::string_view text)
{
    const auto found = std::ranges::find(kPrecisions, text, [](Dtype dtype) { return toText(dtype); });
    return found == kPrecisions.end() ? std::nullopt : std::optional{*found};
}

ConversionRequest requestFrom(const Arguments& arguments)
{
    return {
        .target = normalFolder(arguments.text("output_path")),
        .format = arguments.text("target_format") == "diffusers" ? ConversionTarget::Diffusers
                                                                 : ConversionTarget::Safetensors,
        .precision = precisionFrom(arguments.text("precision", "keep")),
        .ema = arguments.boolean("drop_ema", true) ? EmaCopy::Drop : EmaCopy::Keep,
        .ifExists = arguments.text("if_exists") == "replace" ? IfExists::Replace : IfExists::Refuse,
        .resume = arguments.boolean("resume", true) ? Resume::Yes : Resume::No,
    };
}

Json filesJson(const ConversionReport& report)
{
    Json rows = Json::array();
    for (const WrittenFile& file : report.files)
        rows.push_back({{"path", toValidUtf8(file.path.string())}, {"size_bytes", file.size.value}});
    return rows;
}

Json answerFrom(const ModelRecord& source, const ConversionRequest& request, const ConversionReport& report)
{
    return {
        {"output_path", toValidUtf8(request.target.string())},
        {"source_model_id", source.id.text},
        {"source_path", toValidUtf8(source.path.string())},
        {"source_size_bytes", source.fileSize().value},
        {"size_bytes", report.written.value},
        {"resumed_bytes", report.resumed.value},
        {"files", filesJson(report)},
        {"tensor_count", report.tensors},
        {"converted_tensors", report.convertedTensors},
        {"dropped_tensors", report.droppedTensors},
        {"dropped_bytes", report.droppedSize.value},
        {"converted_values", report.loss.elements},
        {"overflowed_values", report.loss.overflowed},
        {"largest_error", report.loss.largestError},
        {"mean_error", report.loss.meanError()},
        {"notes", report.notes},
    };
}

/// `job` must outlive it.
ConversionControl controlBy(JobContext& job)
{
    struct Reported {
        Bytes done;
        Bytes total;
    };
    const auto reported = std::make_shared<Reported>();
    const auto progress = [&job, reported](Bytes done, Bytes total) {
        if (std::exchange(reported->total, total) != total)
            job.setTotal(total.value);
        job.advance((done - std::exchange(reported->done, done)).value);
    };
    const auto resumed = [&job, reported](Bytes bytes) {
        job.skip(bytes.value);
        reported->done = bytes;
    };
    return {
        .progress = progress,
        .resumed = resumed,
        .stop = job.stopToken(),
        .afterStop = [&job] { return job.isShutdown() ? AfterStop::Keep : AfterStop::Discard; },
    };
}

Result<Json> postModelConvert(const EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto begin = services.clock.now();
    const auto requested = requestedModelNow(services, arguments);
    if (!requested)
        return fail(requested.error());
    const ModelRecordPtr& record = *requested;
    const ConversionRequest request = requestFrom(arguments);
    job.setPhase(JobPhase::Writing);
    const auto report = convertModel(*record, request, controlBy(job));
    if (!report)
        return fail(report.error());
    Json answer = answerFrom(*record, request, *report);
    const std::chrono::duration<double> elapsed = services.clock.now() - begin;
    answer["elapsed_seconds"] = elapsed.count();
    return answer;
}

std::vector<FieldSpec> fields()
{
    return {
        modelIdField(),
        modelPathField(),
        {.name = "output_path",
            .type = FieldType::Path,
            .presence = Presence::Required,
            .help =
                "The file (.safetensors) or, for diffusers, the folder that is to be written; the folder above must "
                "be there."},
        {.name = "target_format",
            .type = FieldType::Text,
            .help = "safetensors: one file; diffusers: a folder; left out: safetensors.",
            .allowed = {"safetensors", "diffusers"}},
        {.name = "precision",
            .type = FieldType::Text,
            .help = "What floating-point tensors are brought to; left out: keep, with quantised ones as fp16.",
            .allowed = {"keep", "fp32", "fp16", "bf16", "fp8_e4m3", "fp8_e5m2"}},
        {.name = "drop_ema",
            .type = FieldType::Boolean,
            .help = "Whether the averaged copy of the weights that training leaves is left out, as a diffusers folder "
                    "always "
                    "does; left out: true."},
        {.name = "if_exists",
            .type = FieldType::Text,
            .help = "What happens to a file that is already there: refuse or replace; left out: refuse. A folder is "
                    "never replaced, and never the model itself.",
            .allowed = {"refuse", "replace"}},
        {.name = "resume",
            .type = FieldType::Boolean,
            .help = "Whether it goes on where the same conversion of the same file was interrupted, by a crash, a full "
                    "disk or the end of the program; false: it begins anew; left out: true."},
    };
}

OperationSpec convertSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_convert",
        .summary = "Writes a model in another format or precision, whole or not at all.",
        .duration = Duration::Long,
        .fields = fields(),
        .errors = {ErrorCode::MissingField, ErrorCode::ModelNotFound, ErrorCode::NotFound, ErrorCode::PermissionDenied,
            ErrorCode::NotRegularFile, ErrorCode::InvalidFormat, ErrorCode::FileTruncated, ErrorCode::UnknownFormat,
            ErrorCode::UnknownDtype, ErrorCode::HeaderTooLarge, ErrorCode::UnsafePickle, ErrorCode::FileChanged,
            ErrorCode::ModelUnusable, ErrorCode::AlreadyExists, ErrorCode::FileInUse, ErrorCode::DiskFull,
            ErrorCode::IoError, ErrorCode::Unsupported, ErrorCode::OutOfHostMemory, ErrorCode::Cancelled},
        .answer =
            "output_path, source_model_id, source_path, source_size_bytes, "
            "size_bytes, resumed_bytes of the weights, which an interrupted conversion had written; "
            "files with path and size_bytes; tensor_count, converted_tensors, dropped_tensors and dropped_bytes of the "
            "averaged copy; converted_values, overflowed_values (infinite now, or in fp8 the largest number), "
            "largest_error, mean_error; notes for whoever opens the result; elapsed_seconds",
        .describe = describeRequestedModelJob(services, "post_model_convert", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelConvert(services, arguments, *job); },
    };
}

} // namespace

void addConversionOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(convertSpec(services));
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/validation_operations.h"

#include "model_engine/catalog/validation/validation.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/models/model_json.h"
#include "model_engine/operations/models/requested_model.h"

#include <chrono>

namespace weightroom::engine {
namespace {

Json countsJson(const CheckFinding& finding)
{
    Json counts = Json::object();
    for (const FindingCount& count : finding.counts)
        counts[std::string{count.name}] = count.value;
    return counts;
}

Json namesOf(const CheckFinding& finding)
{
    Json names = Json::array();
    for (const std::string& name : finding.names)
        names.push_back(toValidUtf8(name));
    return names;
}

Json checksJson(const ValidationReport& report)
{
    Json rows = Json::array();
    for (const ValidationCheck& check : report.checks) {
        Json row{{"check", check.name}, {"status", toText(check.status)}, {"finding", toText(check.finding.word)},
            {"counts", countsJson(check.finding)}, {"names", namesOf(check.finding)},
            {"detail", toValidUtf8(check.detail)}};
        if (check.error)
            row["error"] = toJson(*check.error);
        rows.push_back(std::move(row));
    }
    return rows;
}

Json tensorsJson(const ValidationReport& report)
{
    Json rows = Json::array();
    for (const TensorProblem& tensor : report.tensors) {
        rows.push_back({{"name", toValidUtf8(tensor.name)}, {"nan_count", tensor.nan}, {"inf_count", tensor.infinite},
            {"is_all_zero", tensor.isAllZero}});
    }
    return rows;
}

Json comparisonsJson(const ValidationReport& report)
{
    Json rows = Json::array();
    for (const HashComparison& hash : report.hashes) {
        const bool isComputed = !hash.computed.empty();
        rows.push_back(
            {{"path", toValidUtf8(hash.file.string())}, {"algorithm", hash.algorithm}, {"source", hash.source},
                {"claimed", hash.claimed}, {"computed", isComputed ? Json(hash.computed) : Json(nullptr)},
                {"is_equal", isComputed ? Json(hash.computed == hash.claimed) : Json(nullptr)}});
    }
    return rows;
}

Result<Json> postModelValidate(const EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto begin = services.clock.now();
    const auto requested = requestedModelNow(services, arguments);
    if (!requested)
        return fail(requested.error());
    const ModelRecordPtr& record = *requested;
    job.setPhase(JobPhase::Reading);
    Bytes expected;
    const ByteProgress progress{
        .expect = [&](Bytes more) { job.setTotal((expected += more).value); },
        .advance = [&](Bytes bytes) { job.advance(bytes.value); },
    };
    const ValidationRequest request{.checkValues = arguments.boolean("check_values", false),
        .checkHashes = arguments.boolean("check_hashes", false)};
    const auto report = validateModel(*record, request, progress, job.stopToken());
    if (!report)
        return fail(report.error());
    const std::chrono::duration<double> elapsed = services.clock.now() - begin;
    return Json{
        {"model_id", record->id.text},
        {"path", toValidUtf8(record->path.string())},
        {"is_valid", report->isValid()},
        {"checks", checksJson(*report)},
        {"missing_tensors", namesJson(record->identified.missing)},
        {"extra_tensors", namesJson(record->identified.extra)},
        {"tensors_with_problems", tensorsJson(*report)},
        {"tensors_with_problems_count", report->tensorsWithProblems},
        {"hashes", comparisonsJson(*report)},
        {"bytes_read", report->read.value},
        {"elapsed_seconds", elapsed.count()},
    };
}

OperationSpec validateSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_validate",
        .summary = "Checks that a model is whole: its structure, its tensors, and on request every byte of it.",
        .duration = Duration::Long,
        .fields = {modelIdField(), modelPathField(),
            {.name = "check_values",
                .type = FieldType::Boolean,
                .help =
                    "Whether every element is read, to count NaN, infinities and tensors of nothing but zeros; left "
                    "out: false."},
            {.name = "check_hashes",
                .type = FieldType::Boolean,
                .help = "Whether the hashes that header, sidecars and the Hugging Face cache claim, and the checksums "
                        "of a PyTorch archive, are "
                        "compared with the file, for which it is read whole; left out: false."}},
        .errors = {ErrorCode::MissingField, ErrorCode::ModelNotFound, ErrorCode::NotFound, ErrorCode::PermissionDenied,
            ErrorCode::NotRegularFile, ErrorCode::IoError, ErrorCode::FileChanged, ErrorCode::OutOfHostMemory,
            ErrorCode::Unsupported, ErrorCode::Cancelled},
        .answer =
            "model_id, path, is_valid (no check failed); checks: structure, completeness, values, checksums and "
            "hashes, "
            "each with its status (passed, warning, failed, skipped, not_applicable), its finding as one word, the "
            "numbers of it in counts, at most three names, the same as an English sentence in detail, and the error of "
            "the reader where it refused the file; missing_tensors and extra_tensors with their count and the first "
            "names; "
            "tensors_with_problems (100 at most) with nan_count, inf_count and is_all_zero, and their number; hashes "
            "as "
            "claimed and as computed; bytes_read, elapsed_seconds. Findings with (counts) and [names]: not_asked_for, "
            "structure_broken; of the "
            "structure tensors_fill_file, tensors_fill_padded_file, tensors_in_storages, tensors_in_files (tensors, "
            "files), missing_file [the folder that lacks it], truncated_file, unknown_format, unsafe_pickle, malformed "
            "[file]; of the "
            "completeness "
            "all_there [architecture], missing_tensors (missing) [tensors], extra_tensors (extra) [tensors], "
            "unknown_architecture; of the values all_numbers, nan_found, infinite_found, all_zero, unknown_values "
            "(elements, nan, infinite, zero_tensors, unknown_tensors) [tensors]; of the checksums no_checksums, "
            "checksums_equal (entries), checksums_differ (entries, damaged) [entries]; of the hashes no_claim, "
            "several_files (files), hashes_equal (hashes), hashes_differ (hashes, differing) [algorithm: source], "
            "hashes_not_computed",
        .describe = describeRequestedModelJob(services, "post_model_validate", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelValidate(services, arguments, *job); },
    };
}

} // namespace

void addValidationOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(validateSpec(services));
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/validation.h"

#include "model_engine/catalog/validation/archive_check.h"
#include "model_engine/catalog/validation/hash_check.h"
#include "model_engine/catalog/validation/value_check.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array<std::string_view, 6> kStatusTexts{
    "none", "passed", "warning", "failed", "skipped", "not_applicable"};

/// The checks behind the structure, in their order.
constexpr std::array<std::string_view, 4> kFurtherChecks{"completeness", "values", "checksums", "hashes"};

/// What a reader cannot be blamed for: nothing was read that could be judged. A pipeline or a set of shards that lacks
/// a file is there, and is broken.
bool isUnreadable(const ModelRecord& record)
{
    switch (record.problem->code) {
    case ErrorCode::NotFound: {
        std::error_code unknown;
        return !std::filesystem::exists(record.path, unknown);
    }
    case ErrorCode::PermissionDenied:
    case ErrorCode::NotRegularFile:
    case ErrorCode::IoError:
    case ErrorCode::FileChanged:
    case ErrorCode::OutOfHostMemory:
        return true;
    default:
        return false;
    }
}

/// The same as guaranteesOf().
FindingWord guaranteeWordOf(FileFormat format)
{
    switch (format) {
    case FileFormat::Safetensors:
        return FindingWord::TensorsFillFile;
    case FileFormat::Gguf:
        return FindingWord::TensorsFillPaddedFile;
    case FileFormat::TorchZip:
    case FileFormat::TorchLegacy:
        return FindingWord::TensorsInStorages;
    case FileFormat::Diffusers: // safetensors files or pickles
    case FileFormat::Unknown:
        break;
    }
    return FindingWord::TensorsInFiles;
}

/// What a reader has checked, which a format is read with.
std::string_view guaranteesOf(FileFormat format)
{
    switch (format) {
    case FileFormat::Safetensors:
        return "they fill it without a gap, an overlap or bytes behind them, and its size is what the header says";
    case FileFormat::Gguf:
        return "they fill it but for padding, without an overlap or bytes behind them, and its size is what the header "
               "says";
    case FileFormat::TorchZip:
    case FileFormat::TorchLegacy:
        return "each lies inside its storage and each storage has the size that the pickle says; the pickle calls "
               "nothing but what builds tensors";
    case FileFormat::Diffusers: // safetensors files or pickles
    case FileFormat::Unknown:
        break;
    }
    return "each lies inside its file, whose header was checked against its size";
}

ValidationCheck structureOf(const ModelRecord& record, const TensorIndex& index)
{
    std::string detail = std::to_string(index.tensors.size()) + " tensors in "
        + (record.files.size() == 1 ? "one file: " : std::to_string(record.files.size()) + " files: in each, ");
    CheckFinding finding{
        guaranteeWordOf(index.format), {{"tensors", index.tensors.size()}, {"files", record.files.size()}}};
    return {"structure", CheckStatus::Passed, std::move(finding), detail.append(guaranteesOf(index.format))};
}

std::string textOf(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// A model of no architecture that is known, and a LoRA, which may change as few layers as it likes, are never
/// incomplete.
ValidationCheck completenessOf(const Identification& identified)
{
    constexpr std::string_view kName = "completeness";
    if (const TensorNameList& missing = identified.missing; missing.count > 0) {
        const auto names = firstNames(missing.names);
        return {kName, CheckStatus::Failed, {FindingWord::MissingTensors, {{"missing", missing.count}}, names},
            std::to_string(missing.count) + " tensors are missing that its architecture has: " + textOf(names)};
    }
    if (const TensorNameList& extra = identified.extra; extra.count > 0) {
        const auto names = firstNames(extra.names);
        return {kName, CheckStatus::Warning, {FindingWord::ExtraTensors, {{"extra", extra.count}}, names},
            std::to_string(extra.count) + " tensors are there that its architecture does not have: " + textOf(names)};
    }
    if (identified.architecture == Architecture::Unknown) {
        return {kName, CheckStatus::NotApplicable, {FindingWord::UnknownArchitecture}, "its architecture is not known"};
    }
    const std::string architecture{toText(identified.architecture)};
    return {kName, CheckStatus::Passed, {FindingWord::AllThere, {}, {architecture}},
        "the parts that it has are whole for " + architecture};
}

ValidationCheck notAskedFor(std::string_view name)
{
    return {name, CheckStatus::Skipped, {FindingWord::NotAskedFor}, "not asked for"};
}

FindingWord wordOf(ErrorCode refusal)
{
    switch (refusal) {
    case ErrorCode::FileTruncated:
        return FindingWord::TruncatedFile;
    case ErrorCode::NotFound:
        return FindingWord::MissingFile;
    case ErrorCode::UnknownFormat:
        return FindingWord::UnknownFormat;
    case ErrorCode::UnsafePickle:
        return FindingWord::UnsafePickle;
    default:
        return FindingWord::Malformed;
    }
}

/// Where the reader does not say which file it is, it is the model's own.
std::string refusedName(const ModelRecord& record)
{
    const std::string& path = record.problem->context.path;
    return (path.empty() ? record.path : std::filesystem::path{path}).filename().string();
}

/// A reader refused the file: no other check has anything to look at.
ValidationReport refused(const ModelRecord& record)
{
    const Error& problem = *record.problem;
    ValidationReport report;
    report.checks.push_back(
        {"structure", CheckStatus::Failed, {wordOf(problem.code), {}, {refusedName(record)}}, problem.detail, problem});
    for (const std::string_view name : kFurtherChecks)
        report.checks.push_back(
            {name, CheckStatus::Skipped, {FindingWord::StructureBroken}, "the structure is broken"});
    return report;
}

} // namespace

std::string_view toText(CheckStatus status) { return kStatusTexts.at(static_cast<std::size_t>(status)); }

bool ValidationReport::isValid() const
{
    return std::ranges::find(checks, CheckStatus::Failed, &ValidationCheck::status) == checks.end();
}

Result<ValidationReport> validateModel(const ModelRecord& record, const ValidationRequest& request,
    const ByteProgress& progress, const std::stop_token& stop)
{
    if (record.problem && isUnreadable(record))
        return fail(*record.problem);
    if (record.problem)
        return refused(record);
    const auto model = openModel(record);
    if (!model)
        return fail(model.error());
    ValidationReport report;
    report.checks = {structureOf(record, model->index), completenessOf(record.identified)};
    if (!request.checkValues)
        report.checks.push_back(notAskedFor("values"));
    else if (auto checked = checkValues(*model, report, progress, stop); !checked)
        return fail(std::move(checked).error());
    if (!request.checkHashes) {
        report.checks.push_back(notAskedFor("checksums"));
        report.checks.push_back(notAskedFor("hashes"));
        return report;
    }
    if (auto checked = checkArchives(record, *model, report, progress, stop); !checked)
        return fail(std::move(checked).error());
    if (auto checked = checkHashes(record, report, progress, stop); !checked)
        return fail(std::move(checked).error());
    return report;
}

} // namespace weightroom::engine

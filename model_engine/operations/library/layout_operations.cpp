// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/layout_operations.h"

#include "model_engine/catalog/layouts/extra_model_paths.h"
#include "model_engine/catalog/layouts/library_export.h"
#include "model_engine/catalog/layouts/recognition.h"
#include "model_engine/catalog/scan/folder_listing.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/models/model_json.h"

namespace weightroom::engine {
namespace {

Json directoriesJson(const RecognizedLayout& layout)
{
    Json rows = Json::array();
    for (const ModelDirectory& directory : layout.directories) {
        rows.push_back({
            {"path", toValidUtf8(directory.path.string())},
            {"expected_types", kindsJson(directory.expected.list())},
            {"source", toValidUtf8(directory.source)},
        });
    }
    return rows;
}

Json textsJson(const std::vector<std::string>& texts)
{
    Json rows = Json::array();
    for (const std::string& text : texts)
        rows.push_back(toValidUtf8(text));
    return rows;
}

Json sectionJson(const ExtraPathsSection& section)
{
    Json folders = Json::array();
    for (const ExtraFolder& folder : section.folders)
        folders.push_back(
            {{"kind", toValidUtf8(folder.kind)}, {"path", toValidUtf8(folder.path.string())}, {"line", folder.line}});
    return {
        {"name", toValidUtf8(section.name)},
        {"line", section.line},
        {"base_path", section.basePath.empty() ? Json(nullptr) : Json(toValidUtf8(section.basePath.string()))},
        {"is_default", section.isDefault},
        {"folders", std::move(folders)},
    };
}

/// Null when there is none, or when it is broken: then that is among the problems.
Json extraPathsJson(const RecognizedLayout& layout)
{
    if (layout.layout != LibraryLayout::ComfyUi)
        return nullptr;
    const std::filesystem::path file = layout.root / kExtraModelPathsName;
    const auto paths = readExtraModelPaths(file);
    if (!paths)
        return nullptr;
    Json sections = Json::array();
    for (const ExtraPathsSection& section : paths->sections)
        sections.push_back(sectionJson(section));
    Json remarks = Json::array();
    for (const ExtraPathsRemark& remark : paths->remarks)
        remarks.push_back(
            {{"line", remark.line}, {"severity", toText(remark.severity)}, {"reason", toValidUtf8(remark.reason)}});
    return {{"path", toValidUtf8(file.string())}, {"sections", std::move(sections)}, {"remarks", std::move(remarks)}};
}

Result<Json> getLibraryLayout(const Arguments& arguments, JobContext& job)
{
    job.setPhase(JobPhase::Scanning);
    const std::filesystem::path root = normalFolder(arguments.text("path"));
    if (const auto node = nodeOfFolder(root); !node)
        return fail(node.error());
    const RecognizedLayout layout = recognizeLayout(root);
    const bool isKnown = layout.layout != LibraryLayout::None;
    return Json{
        {"path", toValidUtf8(root.string())},
        {"layout", isKnown ? Json(toText(layout.layout)) : Json(nullptr)},
        {"title", isKnown ? Json(titleOf(layout.layout)) : Json(nullptr)},
        {"evidence", textsJson(layout.evidence)},
        {"directories", directoriesJson(layout)},
        {"extra_model_paths", extraPathsJson(layout)},
        {"problems", folderProblemsJson(layout.problems)},
    };
}

std::string_view outcomeText(ExtraPathsExport::Outcome outcome)
{
    switch (outcome) {
    case ExtraPathsExport::Outcome::Created:
        return "created";
    case ExtraPathsExport::Outcome::Replaced:
        return "replaced";
    default:
        return "unchanged";
    }
}

Result<Json> postLibraryExportPaths(const EngineServices& services, const Arguments& arguments, JobContext& job)
{
    job.setPhase(JobPhase::Writing);
    const std::filesystem::path file = std::filesystem::path{arguments.text("file")}.lexically_normal();
    const LibraryExport library = exportOf(services.snapshot()->folders, file);
    if (library.folders.empty())
        return fail(ErrorCode::NotFound, "no folder of the library has a layout of which ComfyUI could be told",
            {.path = file.string()});
    const auto written = exportExtraPaths(file, library.folders);
    if (!written)
        return fail(written.error());
    Json folders = Json::array();
    for (const ExportedFolder& folder : library.folders)
        folders.push_back({{"kind", folder.kind}, {"path", toValidUtf8(folder.path.string())}});
    Json leftOut = Json::array();
    for (const LibraryExport::LeftOut& folder : library.leftOut)
        leftOut.push_back({{"path", toValidUtf8(folder.path.string())}, {"reason", folder.reason}});
    return Json{
        {"file", toValidUtf8(file.string())},
        {"outcome", outcomeText(written->outcome)},
        {"backup", written->backup ? Json(toValidUtf8(written->backup->string())) : Json(nullptr)},
        {"section", kOwnSection},
        {"folders", std::move(folders)},
        {"left_out", std::move(leftOut)},
    };
}

/// A job that stands in the list under the path that one of its fields names.
std::function<JobDescription(const Arguments&)> describeAs(std::string operation, std::string field)
{
    return [operation = std::move(operation), field = std::move(field)](const Arguments& arguments) {
        return JobDescription{.operation = operation,
            .modelId = {},
            .deviceId = {},
            .subject = arguments.text(field),
            .weight = JobWeight::Light};
    };
}

OperationSpec libraryLayoutSpec()
{
    return {
        .family = "library",
        .name = "get_library_layout",
        .summary = "Tells which program's way of keeping models a folder follows, and where in it models lie.",
        .duration = Duration::Long,
        .fields = {{.name = "path",
            .type = FieldType::Path,
            .presence = Presence::Required,
            .help = "The folder that a program is installed in, or that has its folders of models; it need not be in "
                    "the library."}},
        .errors = {ErrorCode::NotFound, ErrorCode::PermissionDenied, ErrorCode::NotRegularFile},
        .answer =
            "path; layout (comfyui, a1111, ...) and its title, null when it is none that is known; evidence (what "
            "is there of it); directories with their expected_types and source; extra_model_paths (sections and "
            "remarks with their lines; null when there is none); problems of its configuration",
        .describe = describeAs("get_library_layout", "path"),
        .handler = [](const Arguments& arguments, JobContext* job) { return getLibraryLayout(arguments, *job); },
    };
}

OperationSpec exportPathsSpec(EngineServices& services)
{
    return {
        .family = "library",
        .name = "post_library_export_paths",
        .summary = "Tells ComfyUI where the library's models are, in a section of its extra_model_paths.yaml.",
        .duration = Duration::Long,
        .fields = {{.name = "file",
            .type = FieldType::Path,
            .presence = Presence::Required,
            .help = "The extra_model_paths.yaml; it is made when there is none. Only the section 'weightroom' is "
                    "written, and the file as it was is kept beside it."}},
        .errors = {ErrorCode::NotFound, ErrorCode::InvalidFormat, ErrorCode::InvalidValue, ErrorCode::NotRegularFile,
            ErrorCode::FileChanged, ErrorCode::AlreadyExists, ErrorCode::PermissionDenied, ErrorCode::DiskFull,
            ErrorCode::IoError},
        .answer = "file, outcome (created, replaced, unchanged), backup (a path or null), section, folders with their "
                  "kind, left_out with the reason",
        .describe = describeAs("post_library_export_paths", "file"),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postLibraryExportPaths(services, arguments, *job); },
    };
}

} // namespace

void addLayoutOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(libraryLayoutSpec());
    registry.add(exportPathsSpec(services));
}

} // namespace weightroom::engine

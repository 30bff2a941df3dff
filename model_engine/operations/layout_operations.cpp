// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/layout_operations.h"

#include "model_engine/catalog/folder_listing.h"
#include "model_engine/catalog/layouts/recognition.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/model_json.h"

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
        {"problems", folderProblemsJson(layout.problems)},
    };
}

JobDescription describeLook(const Arguments& arguments)
{
    return {.operation = "get_library_layout",
        .modelId = {},
        .deviceId = {},
        .subject = arguments.text("path"),
        .weight = JobWeight::Light};
}

} // namespace

void addLayoutOperations(OperationRegistry& registry, EngineServices&)
{
    registry.add({
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
            "is there of it); directories with their expected_types and source; problems of its configuration",
        .describe = describeLook,
        .handler = [](const Arguments& arguments, JobContext* job) { return getLibraryLayout(arguments, *job); },
    });
}

} // namespace weightroom::engine

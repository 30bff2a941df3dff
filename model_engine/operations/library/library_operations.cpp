// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/library_operations.h"

#include "model_engine/catalog/samples/sample_library.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/engine_services.h"

#include <utility>

namespace weightroom::engine {
namespace {

SampleOptions optionsFrom(const Arguments& arguments)
{
    SampleOptions options;
    options.size = arguments.text("size", "small") == "full" ? ModelSize::Full : ModelSize::Small;
    for (const std::string& kind : arguments.texts("model_types"))
        options.kinds.push_back(modelKindFromText(kind).value_or(ModelKind::Unknown));
    return options;
}

Result<Json> postSampleLibrary(const Arguments& arguments, JobContext& job)
{
    job.setPhase(JobPhase::Writing);
    std::uint64_t reported = 0;
    auto report = writeSampleLibrary(
        arguments.text("directory"), optionsFrom(arguments), job.stopToken(), [&](SampleProgress progress) {
            if (reported == 0)
                job.setTotal(progress.total.value);
            job.advance(progress.done.value - std::exchange(reported, progress.done.value));
        });
    if (!report)
        return fail(std::move(report).error());
    Json files = Json::array();
    for (const auto& path : report->files) {
        std::error_code unknown;
        const std::uint64_t size = std::filesystem::file_size(path, unknown);
        files.push_back({{"path", toValidUtf8(path.string())}, {"size_bytes", unknown ? Json(nullptr) : Json(size)}});
    }
    return Json{
        {"directory", arguments.text("directory")}, {"files", std::move(files)}, {"size_bytes", report->bytes.value}};
}

Json libraryFolders(const EngineServices& services)
{
    Json folders = Json::array();
    for (const FolderWatch& watch : folderWatchesOf(services))
        folders.push_back(folderWatchJson(watch));
    return {{"folders", std::move(folders)}, {"is_watching", services.watcher != nullptr}};
}

OperationSpec foldersSpec(EngineServices& services)
{
    return {
        .family = "library",
        .name = "get_library_folders",
        .summary = "The configured model folders, and how changes in them are noticed.",
        .fields = {},
        .errors = {},
        .answer = "folders (of each its path, watching inotify, polling, not-answering, missing, unreadable or none, "
                  "polling_reason, detail, limit_name, limit, poll_interval_seconds, and the folders outside that its "
                  "layout names, with the same), is_watching (false: this program does not watch)",
        .handler = [&services](const Arguments&, JobContext*) -> Result<Json> { return libraryFolders(services); },
    };
}

} // namespace

void addLibraryOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(foldersSpec(services));

    constexpr std::int64_t kMostKinds = 32;
    registry.add({
        .family = "library",
        .name = "post_sample_library",
        .summary =
            "Writes a library of valid models with real tensor names and random weights, to try Weightroom with.",
        .duration = Duration::Long,
        .fields =
            {
                {.name = "directory",
                    .type = FieldType::Path,
                    .presence = Presence::Required,
                    .help = "Where to; it is made when it is not there, and nothing in it is overwritten."},
                {.name = "size",
                    .type = FieldType::Text,
                    .help =
                        "small: shrunk tensors, about 100 MB in all; full: the sizes of real files; left out: small.",
                    .allowed = {"small", "full"}},
                {.name = "model_types",
                    .type = FieldType::TextList,
                    .help = "Only models of these types; left out: all.",
                    .minimum = 1,
                    .maximum = kMostKinds,
                    .allowed = {"checkpoint", "diffusion-model", "lora", "controlnet", "vae", "text-encoder"}},
            },
        .errors = {ErrorCode::AlreadyExists, ErrorCode::DiskFull, ErrorCode::PermissionDenied, ErrorCode::IoError,
            ErrorCode::Cancelled},
        .answer = "directory, files with their sizes, size_bytes",
        .describe =
            [](const Arguments& arguments) {
                return JobDescription{.operation = "post_sample_library",
                    .modelId = {},
                    .deviceId = {},
                    .subject = arguments.text("directory"),
                    .weight = JobWeight::Heavy};
            },
        .handler = [](const Arguments& arguments, JobContext* job) { return postSampleLibrary(arguments, *job); },
    });
}

} // namespace weightroom::engine

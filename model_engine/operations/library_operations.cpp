// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library_operations.h"

#include "model_engine/catalog/sample_library.h"
#include "model_engine/core/utf8.h"

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

} // namespace

void addLibraryOperations(OperationRegistry& registry, EngineServices&)
{
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

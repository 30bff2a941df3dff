// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/file_lookup_operations.h"

#include "model_engine/catalog/scan/scanner.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <filesystem>

namespace weightroom::engine {
namespace {

/// Of a shard nobody can tell by the names which tensors are its own.
bool isAlone(const ModelRecord& model, const ModelFile& file)
{
    return std::ranges::count(model.files, file.namePrefix, &ModelFile::namePrefix) == 1;
}

Json found(const ModelRecord& model, const std::string& prefix, bool isComplete)
{
    return {
        {"model_id", model.id.text},
        {"name", toValidUtf8(model.name)},
        {"name_prefix", toValidUtf8(prefix)},
        {"is_complete", isComplete},
    };
}

Result<Json> getModelOfFile(const EngineServices& services, const Arguments& arguments)
{
    const std::filesystem::path path = normalFolder(arguments.text("path"));
    for (const ModelRecordPtr& model : services.tables.catalog.models()) {
        const auto file = std::ranges::find(model->files, path, &ModelFile::path);
        if (file != model->files.end())
            return found(*model, file->namePrefix, isAlone(*model, *file));
        if (model->path == path)
            return found(*model, {}, true);
    }
    return fail(ErrorCode::ModelNotFound, "no model of the library has the file '" + path.string() + "'",
        {.path = path.string()});
}

OperationSpec fileSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_of_file",
        .summary = "The model of the library that a file belongs to.",
        .fields = {{.name = "path",
            .type = FieldType::Path,
            .presence = Presence::Required,
            .help = "A file of weights, or the folder of a diffusers pipeline."}},
        .errors = {ErrorCode::ModelNotFound},
        .answer = "model_id, name, name_prefix (what the names of its tensors have in front in this model: \"unet/\"; "
                  "mostly empty), is_complete (false: it is one of several shards, whose tensors have the same)",
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return getModelOfFile(services, arguments); },
    };
}

} // namespace

void addFileLookupOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(fileSpec(services));
}

} // namespace weightroom::engine

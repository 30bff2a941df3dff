// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/plan/model_planning.h"

#include "model_engine/formats/model_files.h"

namespace weightroom::engine {

Result<std::vector<InputFile>> openModelFiles(const ModelRecord& model)
{
    std::vector<InputFile> files;
    for (const ModelFile& known : model.files) {
        auto file = InputFile::open(known.path);
        if (!file)
            return fail(std::move(file).error());
        if (file->identity() != known.identity) {
            return fail(ErrorCode::FileChanged, "'" + known.path.string() + "' was changed since the last scan",
                {.modelId = model.id, .path = known.path.string()});
        }
        files.push_back(std::move(*file));
    }
    return files;
}

Result<TensorIndex> readModelIndex(const ModelRecord& model, std::span<const InputFile> files)
{
    const std::vector<FileSource> sources(files.begin(), files.end());
    std::vector<ModelSource> named;
    for (std::size_t i = 0; i < sources.size(); ++i)
        named.push_back({sources[i], model.files[i].namePrefix});
    return readModelFiles(named);
}

} // namespace weightroom::engine

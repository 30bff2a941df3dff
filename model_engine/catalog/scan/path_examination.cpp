// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/path_examination.h"

#include "model_engine/catalog/folders/pipeline_folder.h"
#include "model_engine/catalog/folders/weight_set.h"
#include "model_engine/catalog/scan/examination.h"
#include "model_engine/catalog/scan/folder_walk.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

/// The folder whose listing tells which files belong together, and how deep.
struct Neighbourhood {
    fs::path folder;
    std::uint32_t depth = 0;
};

/// Nothing for a file that stands by itself.
std::optional<Neighbourhood> neighbourhoodOf(const fs::path& path)
{
    std::error_code unknown;
    if (fs::exists(path / kPipelineIndexName, unknown))
        return Neighbourhood{path, 1};
    if (parseShardName(path.filename().native()))
        return Neighbourhood{path.parent_path(), 0};
    return std::nullopt;
}

bool isNamed(const FoundModel& model, const fs::path& path)
{
    return model.path == path.native()
        || std::ranges::find(model.files, path.native(), &FoundPart::path) != model.files.end();
}

} // namespace

ModelRecordPtr examinePath(const fs::path& path, const std::string& wantedVariant)
{
    const fs::path normal = normalFolder(path);
    const auto where = neighbourhoodOf(normal);
    if (!where)
        return examineFile(normal);
    ScanRequest request;
    request.directories = {where->folder};
    request.maximumDepth = where->depth;
    auto walk = FolderWalk{request, 1, {}}.run();
    if (!walk)
        return examineFile(normal);
    const std::vector<FoundModel> models = modelsOf(std::move(*walk), {}, {{normal, wantedVariant}});
    const auto model = std::ranges::find_if(models, [&](const FoundModel& found) { return isNamed(found, normal); });
    return model == models.end() ? examineFile(normal) : examineModel(*model);
}

} // namespace weightroom::engine

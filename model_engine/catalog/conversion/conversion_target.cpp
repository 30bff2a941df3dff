// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/conversion_target.h"

#include "model_engine/core/utf8.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> invalid(std::string detail, const fs::path& path)
{
    return fail(ErrorCode::InvalidValue, std::move(detail), {.field = "output_path", .path = path.string()});
}

/// By path or through a link: replacing it would lose the only copy when the work went wrong unnoticed.
bool isPartOf(const fs::path& target, const ModelRecord& source)
{
    std::error_code unknown; // the target need not be there
    return fs::equivalent(target, source.path, unknown)
        || std::ranges::any_of(
            source.files, [&](const ModelFile& file) { return fs::equivalent(target, file.path, unknown); });
}

bool hasNameOfSafetensors(const fs::path& target)
{
    const std::string extension = lowerCase(target.extension().string());
    return extension == ".safetensors" || extension == ".sft";
}

} // namespace

Result<> checkTarget(const ConversionRequest& request, const ModelRecord& source)
{
    const fs::path& target = request.target;
    if (request.format == ConversionTarget::Safetensors && !hasNameOfSafetensors(target))
        return invalid("'" + target.string() + "' does not end in .safetensors or .sft", target);
    if (isPartOf(target, source))
        return invalid("'" + target.string() + "' is the model that is to be converted", target);
    std::error_code unknown;
    if (!fs::is_directory(target.parent_path(), unknown))
        return fail(ErrorCode::NotFound, "there is no folder '" + target.parent_path().string() + "'",
            {.path = target.parent_path().string()});
    const bool mayReplace = request.ifExists == IfExists::Replace && request.format == ConversionTarget::Safetensors
        && !fs::is_directory(target, unknown);
    return mayReplace ? Result<>{} : expectNothingAt(target);
}

} // namespace weightroom::engine

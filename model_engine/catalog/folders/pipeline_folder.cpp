// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/pipeline_folder.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/json.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// Words in the names of classes that have no weights.
constexpr std::array<std::string_view, 4> kConfigurationOnly{"Scheduler", "Tokenizer", "Processor", "Extractor"};

bool hasWeights(std::string_view className)
{
    return std::ranges::none_of(kConfigurationOnly,
        [className](std::string_view word) { return className.find(word) != std::string_view::npos; });
}

/// A folder right below: no path, and not the folder itself or the one above.
bool isPlainName(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos
        && name.find('\0') == std::string_view::npos;
}

tl::unexpected<Error> refuse(std::string detail, const std::filesystem::path& file)
{
    return fail(
        ErrorCode::InvalidFormat, std::move(detail), {.path = file.string(), .defect = FileDefect::InvalidIndex});
}

/// [library, class]; [null, null] is a component that this pipeline goes without. Other values are settings.
Result<> addComponent(
    PipelineIndex& index, const std::string& name, const Json& value, const std::filesystem::path& file)
{
    if (!value.is_array() || std::ranges::all_of(value, [](const Json& item) { return item.is_null(); }))
        return {};
    if (value.size() != 2 || !value[0].is_string() || !value[1].is_string())
        return refuse("component '" + name + "' is not a pair of library and class", file);
    if (!isPlainName(name))
        return refuse("component '" + name + "' does not name a folder right below", file);
    auto className = value[1].get<std::string>();
    const bool needsWeights = hasWeights(className);
    index.components.push_back({name, std::move(className), needsWeights});
    return {};
}

} // namespace

Result<PipelineIndex> readPipelineIndex(const std::filesystem::path& file)
{
    const JsonLimits limits;
    const auto text = readSmallFile(file, Bytes{limits.maxBytes});
    if (!text)
        return fail(text.error());
    const auto document = parseJson(*text, limits);
    if (!document) {
        Error error = document.error();
        error.context.path = file.string();
        return fail(std::move(error));
    }
    if (!document->is_object())
        return refuse("the index of a pipeline is not a JSON object", file);
    PipelineIndex index;
    for (const auto& [name, value] : document->items()) {
        if (name == "_class_name" && value.is_string())
            index.className = value.get<std::string>();
        if (name.starts_with('_'))
            continue;
        if (auto added = addComponent(index, name, value, file); !added)
            return fail(std::move(added).error());
    }
    return index;
}

} // namespace weightroom::engine

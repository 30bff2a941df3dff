// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/model_files.h"

#include "model_engine/formats/format_reader.h"
#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <iterator>

namespace weightroom::engine {
namespace {

void append(TensorIndex& whole, TensorIndex part, std::string_view namePrefix, std::uint32_t file)
{
    for (TensorEntry& entry : part.tensors) {
        if (!namePrefix.empty())
            entry.name.insert(0, namePrefix);
        entry.file = file;
    }
    whole.format = namePrefix.empty() ? part.format : FileFormat::Diffusers;
    if (whole.tensors.empty())
        whole.tensors = std::move(part.tensors);
    else
        whole.tensors.insert(
            whole.tensors.end(), std::move_iterator{part.tensors.begin()}, std::move_iterator{part.tensors.end()});
    // Shards carry the same metadata; the parts of a pipeline say things of their own ("format": "pt").
    if (namePrefix.empty())
        whole.metadata.merge(part.metadata);
    whole.headerSize += part.headerSize;
    whole.dataSize += part.dataSize;
}

Result<> checkUnique(const TensorIndex& index, std::span<const ModelSource> sources)
{
    const TensorLookup lookup{index};
    const auto names = lookup.byName();
    const auto twice = std::ranges::adjacent_find(names, {}, [](const TensorEntry* entry) { return entry->name; });
    if (twice == names.end())
        return {};
    return fail(ErrorCode::InvalidFormat, "tensor " + quotedName((*twice)->name) + " stands in two of the files",
        {.path = sources[(*twice)->file].source.path().string()});
}

} // namespace

Result<TensorIndex> readModelFiles(std::span<const ModelSource> sources)
{
    TensorIndex whole;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        auto part = readTensorIndex(sources[i].source);
        if (!part) {
            Error error = std::move(part).error();
            error.context.path = sources[i].source.path().string();
            return fail(std::move(error));
        }
        append(whole, std::move(*part), sources[i].namePrefix, static_cast<std::uint32_t>(i));
    }
    if (sources.size() > 1) {
        if (auto unique = checkUnique(whole, sources); !unique)
            return fail(std::move(unique).error());
    }
    return whole;
}

} // namespace weightroom::engine

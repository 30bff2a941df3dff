// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/conversion_key.h"

#include "model_engine/catalog/store/catalog_revision.h"

#include <string>
#include <string_view>
#include <xxhash.h>

namespace weightroom::engine {
namespace {

/// Every item behind its length: no two lists of items give the same text.
void add(std::string& text, std::string_view item)
{
    text += std::to_string(item.size());
    text += ':';
    text += item;
}

template <std::integral Number>
void add(std::string& text, Number number)
{
    add(text, std::to_string(number));
}

void add(std::string& text, const ModelFile& file)
{
    add(text, file.path.native());
    add(text, file.namePrefix);
    add(text, file.identity.inode);
    add(text, file.identity.size.value);
    add(text, file.identity.modifiedNs);
    add(text, file.identity.changedNs);
}

void add(std::string& text, const ConversionRequest& request)
{
    add(text, static_cast<int>(request.format));
    add(text, toText(request.precision.value_or(Dtype::Unknown)));
    add(text, static_cast<int>(request.ema));
}

} // namespace

ConversionKey conversionKey(const ModelRecord& source, const ConversionRequest& request, const ConversionPlan& plan,
    std::span<const SafetensorsContent> contents)
{
    std::string text;
    add(text, catalogRevision());
    add(text, request.target.filename().native());
    add(text, request);
    for (const ModelFile& file : source.files)
        add(text, file);
    for (std::size_t i = 0; i < contents.size(); ++i) {
        add(text, plan.files[i].path.native());
        add(text, contents[i].header());
    }
    const ::XXH128_hash_t hash = ::XXH3_128bits(text.data(), text.size());
    return {{hash.low64, hash.high64}};
}

} // namespace weightroom::engine

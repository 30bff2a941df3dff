// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/preview.h"

#include "model_engine/catalog/metadata/value_readers.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

struct PictureRow {
    std::string_view beginning; ///< of the base64 text
    std::string_view mediaType;
};

/// The first bytes of each kind of picture, as base64 spells them.
constexpr std::array kPictures{
    PictureRow{"/9j/", "image/jpeg"},
    PictureRow{"iVBORw0KGgo", "image/png"},
    PictureRow{"UklGR", "image/webp"},
    PictureRow{"R0lGOD", "image/gif"},
};

constexpr std::string_view kCoversKey = "ssmd_cover_images";
constexpr std::string_view kThumbnailKey = "modelspec.thumbnail";

bool isBase64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/'
        || c == '=';
}

std::optional<EmbeddedPreview> pictureIn(std::string_view base64, std::string_view key)
{
    const auto picture =
        std::ranges::find_if(kPictures, [base64](const PictureRow& row) { return base64.starts_with(row.beginning); });
    if (picture == kPictures.end() || base64.size() > kLargestEmbeddedPreview.value
        || !std::ranges::all_of(base64, isBase64))
        return std::nullopt;
    return EmbeddedPreview{std::string{picture->mediaType}, std::string{base64}, "header " + std::string{key}};
}

/// A JSON list of pictures in base64.
std::optional<EmbeddedPreview> coverIn(const std::string& text)
{
    const auto covers = parseJson(text, {.maxBytes = kLargestEmbeddedPreview.value * 2, .maxDepth = 2});
    if (!covers || !covers->is_array())
        return std::nullopt;
    for (const Json& cover : *covers) {
        if (!cover.is_string())
            continue;
        if (auto picture = pictureIn(trimmed(cover.get_ref<const std::string&>()), kCoversKey))
            return picture;
    }
    return std::nullopt;
}

/// "data:image/jpeg;base64,…"
std::optional<EmbeddedPreview> thumbnailIn(std::string_view text)
{
    constexpr std::string_view kMark = ";base64,";
    const std::size_t mark = text.substr(0, 64).find(kMark);
    if (!text.starts_with("data:image/") || mark == std::string_view::npos)
        return std::nullopt;
    return pictureIn(trimmed(text.substr(mark + kMark.size())), kThumbnailKey);
}

} // namespace

std::optional<EmbeddedPreview> embeddedPreview(const HeaderMetadata& metadata)
{
    if (const auto covers = metadata.find(kCoversKey); covers != metadata.end()) {
        if (auto picture = coverIn(covers->second))
            return picture;
    }
    const auto thumbnail = metadata.find(kThumbnailKey);
    return thumbnail == metadata.end() ? std::nullopt : thumbnailIn(thumbnail->second);
}

std::optional<Preview> choosePreview(const Companions& companions, const HeaderMetadata& metadata)
{
    const auto file = std::ranges::find_if(companions.previews, [](const PreviewFile& preview) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(preview.path, ignored);
    });
    if (file != companions.previews.end())
        return Preview{*file, {}};
    if (auto embedded = embeddedPreview(metadata))
        return Preview{{}, std::move(embedded)};
    return std::nullopt;
}

} // namespace weightroom::engine

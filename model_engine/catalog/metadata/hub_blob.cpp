// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/hub_blob.h"

#include "model_engine/catalog/layouts/hub_repository.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr std::size_t kSha256Digits = 64;

bool isSha256(const std::string& name)
{
    return name.size() == kSha256Digits
        && std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

} // namespace

std::string hubBlobSha256(const std::filesystem::path& file)
{
    std::error_code failed;
    const std::filesystem::path blob = std::filesystem::canonical(file, failed);
    if (failed)
        return {};
    const std::filesystem::path folder = blob.parent_path();
    std::string name = blob.filename().string();
    const bool isBlob =
        folder.filename() == "blobs" && hubRepositoryName(folder.parent_path().filename().string()).has_value();
    return isBlob && isSha256(name) ? name : std::string{};
}

} // namespace weightroom::engine

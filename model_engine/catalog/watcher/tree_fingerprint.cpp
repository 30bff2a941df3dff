// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/tree_fingerprint.h"

#include "model_engine/catalog/folder_walk.h"

#include <xxhash.h>

namespace weightroom::engine {
namespace {

std::uint64_t add(std::uint64_t hash, const FoundFile& file)
{
    hash = ::XXH3_64bits_withSeed(file.path.c_str(), file.path.native().size(), hash);
    return ::XXH3_64bits_withSeed(&file.identity, sizeof file.identity, hash);
}

} // namespace

Result<std::uint64_t> fingerprintOf(
    const std::vector<std::filesystem::path>& folders, const SignOfLife& sign, const std::stop_token& stop)
{
    static_assert(sizeof(FileIdentity) == 5 * sizeof(std::uint64_t), "no padding: it is hashed as it lies");
    ScanRequest request;
    request.directories = folders;
    request.configuration = LayoutConfiguration::Ignored;
    FolderWalk walk{request, 1, stop};
    walk.onListed(sign);
    const auto found = walk.run();
    if (!found)
        return fail(found.error());
    std::uint64_t hash = 1;
    for (const FoundFile& file : found->files)
        hash = add(hash, file);
    for (const FoundFile& file : found->indices)
        hash = add(hash, file);
    return hash;
}

} // namespace weightroom::engine

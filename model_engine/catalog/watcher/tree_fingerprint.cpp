// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/tree_fingerprint.h"

#include "model_engine/catalog/layouts/configuration_names.h"
#include "model_engine/catalog/scan/folder_walk.h"

#include <sys/stat.h>
#include <xxhash.h>

namespace weightroom::engine {
namespace {

std::uint64_t add(std::uint64_t hash, const FoundFile& file)
{
    hash = ::XXH3_64bits_withSeed(file.path.data(), file.path.size(), hash);
    return ::XXH3_64bits_withSeed(&file.identity, sizeof file.identity, hash);
}

/// Of the files in which a program names folders, where the folder is its root.
std::uint64_t addConfiguration(std::uint64_t hash, const std::filesystem::path& folder, const SignOfLife& sign)
{
    for (const std::string_view name : kConfigurationFiles) {
        const std::filesystem::path file = folder / name;
        struct stat status { };
        if (::stat(file.c_str(), &status) == 0)
            hash = add(hash, {file.native(), EntryKind::File, identityOf(status)});
        sign();
    }
    return hash;
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
    for (const FolderFiles& folder : found->files) {
        for (const FoundFile& file : folder.files)
            hash = add(hash, file);
    }
    for (const FoundFile& file : found->indices)
        hash = add(hash, file);
    for (const std::filesystem::path& folder : folders)
        hash = addConfiguration(hash, folder, sign);
    return hash;
}

} // namespace weightroom::engine

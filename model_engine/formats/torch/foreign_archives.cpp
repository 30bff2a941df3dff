// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/foreign_archives.h"

#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// An entry that gives a kind of archive away: its path below the archive's root folder, or in the archive.
struct Sign {
    std::string_view path; ///< ending in a slash: anything below
    std::string_view what;
};

constexpr std::string_view kTorchScript = "a TorchScript archive (a program with its weights), which is not read";
constexpr std::string_view kExported = "a program exported by PyTorch (pt2), which is not read";

constexpr std::array kSigns{
    Sign{"code/", kTorchScript},
    Sign{"constants.pkl", kTorchScript},
    Sign{"MAR-INF/", "a model archive of TorchServe (MAR), which is not read"},
    Sign{"archive_format", kExported},
    Sign{"models/model.json", kExported},
    Sign{"serialized_exported_program.json", kExported},
};

/// Without the first folder of the path.
std::string_view belowRoot(std::string_view path)
{
    const std::size_t slash = path.find('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
}

bool matches(std::string_view path, std::string_view sign)
{
    return sign.ends_with('/') ? path.starts_with(sign) : path == sign;
}

bool isSign(const ZipEntry& entry, const Sign& sign)
{
    return matches(entry.name, sign.path) || matches(belowRoot(entry.name), sign.path);
}

bool isArrays(const ZipDirectory& directory)
{
    return !directory.entries.empty()
        && std::ranges::all_of(directory.entries, [](const ZipEntry& entry) { return entry.name.ends_with(".npy"); });
}

} // namespace

std::optional<ForeignArchive> foreignArchive(const ZipDirectory& directory)
{
    for (const Sign& sign : kSigns) {
        if (std::ranges::any_of(directory.entries, [&](const ZipEntry& entry) { return isSign(entry, sign); }))
            return ForeignArchive{std::string{sign.what}};
    }
    const auto isPickle = [](const ZipEntry& entry) { return belowRoot(entry.name) == "data.pkl"; };
    if (std::ranges::any_of(directory.entries, isPickle))
        return std::nullopt;
    if (isArrays(directory))
        return ForeignArchive{"an archive of NumPy arrays (npz), which is not read"};
    if (directory.entries.empty())
        return ForeignArchive{"a zip archive with nothing in it", FileDefect::Archive};
    return ForeignArchive{
        "a zip archive, not written by torch.save; its first entry is " + quotedName(directory.entries.front().name),
        FileDefect::Archive};
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/limits/page_cache.h"

#include "model_engine/cache/page_residency.h"
#include "model_engine/core/files/file.h"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace weightroom::engine {
namespace {

/// Pages that were read a moment ago wait on the list of a processor, and are not dropped before they left it.
constexpr int kTries = 5;

constexpr Bytes kReadBlock = kMiB * 16;

Error notTold(const InputFile& file)
{
    return {ErrorCode::Unsupported,
        "the system does not tell what of '" + file.path().string() + "' is in the page cache",
        {.path = file.path().string()}};
}

Result<> readOnce(const InputFile& file)
{
    std::vector<std::byte> block(kReadBlock.value);
    const std::uint64_t size = file.identity().size.value;
    for (std::uint64_t begin = 0; begin < size; begin += block.size()) {
        const auto part = std::span{block}.first(std::min<std::uint64_t>(block.size(), size - begin));
        if (auto read = file.readAt(begin, part); !read)
            return read;
    }
    return {};
}

} // namespace

Result<> makeCold(const std::filesystem::path& path, Bytes checked)
{
    const auto file = InputFile::open(path);
    if (!file)
        return fail(file.error());
    const Bytes size = std::min(file->identity().size, checked);
    if (size == Bytes{})
        return {};
    const PageResidency residency{*file};
    ::fdatasync(file->descriptor()); // dirty pages cannot be dropped
    std::optional<std::size_t> stayed;
    for (int tried = 0; tried < kTries; ++tried) {
        ::posix_fadvise(file->descriptor(), 0, 0, POSIX_FADV_DONTNEED);
        stayed = residency.pagesHeld(0, size);
        if (!stayed)
            return fail(notTold(*file));
        if (*stayed == 0)
            return {};
    }
    return fail(ErrorCode::IoError,
        std::to_string(*stayed) + " pages of '" + path.string() + "' stayed in the page cache",
        {.path = path.string()});
}

Result<> makeWarm(const std::filesystem::path& path)
{
    const auto file = InputFile::open(path);
    if (!file)
        return fail(file.error());
    if (auto read = readOnce(*file); !read)
        return read;
    const Bytes size = file->identity().size;
    const PageResidency residency{*file};
    if (size == Bytes{} || residency.holds(0, size))
        return {};
    if (!residency.pagesHeld(0, size))
        return fail(notTold(*file));
    return fail(ErrorCode::OutOfHostMemory, "not all of '" + path.string() + "' stayed in the page cache",
        {.path = path.string(), .required = size});
}

} // namespace weightroom::engine

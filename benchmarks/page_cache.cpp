// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/page_cache.h"

#include "model_engine/core/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace weightroom::benchmarks {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Result;

Result<std::size_t> residentPages(const engine::InputFile& file, engine::Bytes checked)
{
    const std::size_t size = std::min(file.identity().size, checked).value;
    void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.descriptor(), 0);
    if (mapping == MAP_FAILED)
        return fail(engine::systemError(errno, "map", file.path()));
    const auto pageSize = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> pages((size + pageSize - 1) / pageSize);
    const int asked = ::mincore(mapping, size, pages.data());
    ::munmap(mapping, size);
    if (asked != 0)
        return fail(engine::systemError(errno, "ask for the cached pages of", file.path()));
    return static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char page) { return (page & 1U) != 0; }));
}

/// Pages that were read a moment ago wait on the list of a processor, and are not dropped before they left it.
constexpr int kTries = 5;

constexpr std::size_t kReadBlock = std::size_t{16} << 20U;

} // namespace

Result<> makeCold(const std::filesystem::path& path, engine::Bytes checked)
{
    auto file = engine::InputFile::open(path);
    if (!file)
        return fail(std::move(file).error());
    ::fdatasync(file->descriptor()); // dirty pages cannot be dropped
    std::size_t stayed = 0;
    for (int tried = 0; tried < kTries; ++tried) {
        ::posix_fadvise(file->descriptor(), 0, 0, POSIX_FADV_DONTNEED);
        const auto pages = residentPages(*file, checked);
        if (!pages)
            return fail(pages.error());
        stayed = *pages;
        if (stayed == 0)
            return {};
    }
    return fail(
        ErrorCode::IoError, std::to_string(stayed) + " pages of '" + path.string() + "' stayed in the page cache");
}

Result<> makeWarm(const std::filesystem::path& path)
{
    auto file = engine::InputFile::open(path);
    if (!file)
        return fail(std::move(file).error());
    std::vector<std::byte> block(kReadBlock);
    const std::uint64_t size = file->identity().size.value;
    for (std::uint64_t begin = 0; begin < size; begin += block.size()) {
        const auto part = std::span{block}.first(std::min<std::uint64_t>(block.size(), size - begin));
        if (auto read = file->readAt(begin, part); !read)
            return fail(std::move(read).error());
    }
    return {};
}

} // namespace weightroom::benchmarks

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/block_reader.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <string>
#include <unistd.h>

namespace weightroom::engine {
namespace {

/// The same file once more, past the page cache: by its descriptor, since another one may have its name by now.
UniqueFd openDirect(const InputFile& file)
{
    const std::string name = "/proc/self/fd/" + std::to_string(file.descriptor());
    return UniqueFd{::open(name.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)};
}

} // namespace

void BlockReader::Free::operator()(std::byte* block) const noexcept { std::free(block); } // NOLINT: from aligned_alloc

BlockReader::BlockReader(const InputFile& file, PageCacheUse use)
    : m_file(file)
    , m_use(use)
    , m_direct(use == PageCacheUse::Spare ? openDirect(file) : UniqueFd{})
    , m_block(static_cast<std::byte*>(std::aligned_alloc(kAlignment, kBlock.value)))
{
    if (!m_block)
        throw std::bad_alloc{};
}

Result<std::span<const std::byte>> BlockReader::read(std::uint64_t offset, std::size_t size)
{
    if (!m_direct.isOpen() || !readDirect(offset, size)) {
        m_direct = {}; // a file system that refuses once refuses always
        if (auto read = readBuffered(offset, size); !read)
            return fail(std::move(read).error());
    }
    return std::span<const std::byte>{m_block.get(), size};
}

/// False for anything unusual (a refusal, a short read): the buffered way knows what it means.
bool BlockReader::readDirect(std::uint64_t offset, std::size_t size)
{
    const std::size_t wanted = alignUp(size, kAlignment);
    for (;;) {
        const ssize_t count = ::pread(m_direct.get(), m_block.get(), wanted, static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        return count >= 0 && static_cast<std::size_t>(count) >= size;
    }
}

Result<> BlockReader::readBuffered(std::uint64_t offset, std::size_t size)
{
    if (auto read = m_file.readAt(offset, {m_block.get(), size}); !read)
        return read;
    if (m_use != PageCacheUse::Fill)
        ::posix_fadvise(m_file.descriptor(), static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_DONTNEED);
    return {};
}

} // namespace weightroom::engine

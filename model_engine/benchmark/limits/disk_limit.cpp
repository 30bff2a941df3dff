// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/limits/disk_limit.h"

#include "model_engine/core/files/file.h"
#include "model_engine/memory/slabs/host_slab.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace weightroom::engine {
namespace {

// Depth 8 and up reach the disk's limit, blocks of 1 MiB lose a tenth of it (2-core virtual machine, November 2026),
// and memory in small pages more than half: see ChunkReader.
constexpr std::size_t kThreads = 8;
constexpr Bytes kBlock = kMiB * 4;
constexpr Bytes kSmallestFile = kMiB * 64;
constexpr Bytes kMostRead = kGiB;

/// Readers that take the next block until all are read, one fails, or a stop is requested.
class DirectRead {
public:
    DirectRead(int descriptor, Bytes size, std::span<std::byte> buffers, std::stop_token stop)
        : m_descriptor(descriptor)
        , m_size(size)
        , m_buffers(buffers)
        , m_stop(std::move(stop))
    {
    }

    /// Returns 0 or an error number.
    int run()
    {
        std::vector<std::jthread> readers;
        for (std::size_t i = 0; i < kThreads; ++i)
            readers.emplace_back([this, i] { readBlocks(m_buffers.subspan(i * kBlock.value, kBlock.value)); });
        readers.clear(); // joins
        return m_failure;
    }

private:
    void readBlocks(std::span<std::byte> buffer)
    {
        while (m_failure == 0 && !m_stop.stop_requested()) {
            const std::uint64_t offset = m_next.fetch_add(kBlock.value);
            if (offset >= m_size.value)
                return;
            const ssize_t count = ::pread(m_descriptor, buffer.data(), buffer.size(), static_cast<off_t>(offset));
            if (count != static_cast<ssize_t>(buffer.size()))
                m_failure = count < 0 ? errno : EIO;
        }
    }

    const int m_descriptor;
    const Bytes m_size;
    const std::span<std::byte> m_buffers;
    const std::stop_token m_stop;
    std::atomic<std::uint64_t> m_next = 0;
    std::atomic<int> m_failure = 0;
};

/// The same file again, for direct reads.
Result<UniqueFd> reopenDirect(const std::filesystem::path& file)
{
    UniqueFd descriptor{::open(file.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC | O_NONBLOCK)};
    if (!descriptor.isOpen() && errno == EINVAL)
        return fail(ErrorCode::Unsupported, "the file system of '" + file.string() + "' has no direct reads");
    if (!descriptor.isOpen())
        return fail(systemError(errno, "open for direct reads", file));
    return descriptor;
}

} // namespace

Result<double> measureDiskRead(const std::filesystem::path& file, const Clock& clock, const std::stop_token& stop)
{
    const auto input = InputFile::open(file); // a regular file, and how large
    if (!input)
        return fail(input.error());
    const Bytes size{alignDown(std::min(input->identity().size, kMostRead).value, kBlock.value)};
    if (size < kSmallestFile)
        return fail(ErrorCode::Unsupported, "'" + file.string() + "' is smaller than " + toText(kSmallestFile));
    const auto descriptor = reopenDirect(file);
    if (!descriptor)
        return fail(descriptor.error());
    // Private: in huge pages, so that the disk gets large requests.
    const auto buffers = HostSlab::make(kBlock * kThreads, HostMemory::Private);
    if (!buffers)
        return fail(buffers.error());

    DirectRead read{descriptor->get(), size, (*buffers)->hostBytes(), stop};
    const Clock::Steady begin = clock.now();
    if (const int failure = read.run(); failure != 0)
        return fail(systemError(failure, "read directly", file));
    const std::chrono::duration<double> seconds = clock.now() - begin;
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "measurement cancelled");
    return static_cast<double>(size.value) / seconds.count();
}

} // namespace weightroom::engine

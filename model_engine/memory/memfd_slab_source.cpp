// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/memfd_slab_source.h"

#include "model_engine/memory/parallel_chunks.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace weightroom::engine {
namespace {

// More threads than this no longer help: the kernel's zeroing reaches the bandwidth of memory.
constexpr unsigned kMostThreads = 4;
// Below this, starting a thread costs more than it saves.
constexpr Bytes kSmallestShare = kMiB * 16;

/// The system had no memory, or refused: what, how much, and its own number.
Error refused(int errorNumber, std::string_view what, Bytes size)
{
    const bool isMemory =
        errorNumber == ENOMEM || errorNumber == ENOSPC || errorNumber == EFBIG || errorNumber == EFAULT;
    Error error{isMemory ? ErrorCode::OutOfHostMemory : ErrorCode::IoError,
        std::string{what} + " of " + toText(size) + " failed: " + std::generic_category().message(errorNumber)};
    error.context.required = size;
    error.context.memoryType = "system";
    error.context.systemCode = errorNumber;
    return error;
}

// The kernel holds the lock of the address space while it fills or unmaps a range, and other threads (the window's
// among them) wait for it whenever their heap grows. In steps they get at it in between: one call held them up for 100
// ms for each 256 MiB that it filled, and for 430 ms while it unmapped 6.9 GB; a step takes about a millisecond (2-core
// virtual machine, November 2026).
constexpr std::size_t kPopulateStep = kMiB.value;
constexpr std::size_t kUnmapStep = kMiB.value * 16;

void unmap(std::span<std::byte> bytes)
{
    while (!bytes.empty()) {
        const std::size_t step = std::min(bytes.size(), kUnmapStep);
        ::munmap(bytes.data(), step);
        bytes = bytes.subspan(step);
    }
}

/// A mapping that is given back unless it is taken over.
class Mapping {
public:
    explicit Mapping(std::span<std::byte> bytes)
        : m_bytes(bytes)
    {
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { unmap(m_bytes); }
    [[nodiscard]] std::span<std::byte> bytes() const { return m_bytes; }
    [[nodiscard]] std::span<std::byte> takeOver() { return std::exchange(m_bytes, {}); }

private:
    std::span<std::byte> m_bytes;
};

unsigned threadsFor(Bytes size)
{
    const auto useful = static_cast<unsigned>(std::min<std::uint64_t>(size.value / kSmallestShare.value, kMostThreads));
    return std::clamp(useful, 1U, std::max(1U, std::thread::hardware_concurrency()));
}

/// Takes and maps the pages. Returns 0 or an error number. MADV_POPULATE_WRITE says as an error what a first write
/// would say as SIGBUS.
int populatePart(std::span<std::byte> bytes)
{
    while (!bytes.empty()) {
        const std::size_t step = std::min(bytes.size(), kPopulateStep);
        if (::madvise(bytes.data(), step, MADV_POPULATE_WRITE) == 0)
            bytes = bytes.subspan(step);
        else if (errno != EINTR && errno != EAGAIN)
            return errno;
    }
    return 0;
}

int populate(std::span<std::byte> bytes)
{
    std::atomic<int> failure = 0;
    forEachPart(Bytes{bytes.size()}, threadsFor(Bytes{bytes.size()}), [&](std::uint64_t begin, Bytes size) {
        if (const int failed = populatePart(bytes.subspan(begin, size.value)))
            failure = failed;
    });
    return failure;
}

/// Takes all pages without mapping them: for kernels before 5.14, which know no MADV_POPULATE_WRITE.
int reserve(int descriptor, Bytes size)
{
    while (::fallocate(descriptor, 0, 0, static_cast<off_t>(size.value)) != 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

Result<UniqueFd> makeSealedFile(Bytes size)
{
    if (!std::in_range<off_t>(size.value))
        return fail(refused(EFBIG, "a memory file", size));
    UniqueFd descriptor{::memfd_create("weightroom-slab", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!descriptor.isOpen())
        return fail(refused(errno, "memfd_create", size));
    if (::ftruncate(descriptor.get(), static_cast<off_t>(size.value)) != 0)
        return fail(refused(errno, "ftruncate", size));
    if (::fcntl(descriptor.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0)
        return fail(refused(errno, "sealing", size));
    return descriptor;
}

Result<> takePages(int descriptor, std::span<std::byte> bytes)
{
    const Bytes size{bytes.size()};
    int failure = populate(bytes);
    if (failure == EINVAL)
        failure = reserve(descriptor, size);
    if (failure != 0)
        return fail(refused(failure, "reserving the pages", size));
    return {};
}

} // namespace

Result<std::unique_ptr<HostSlab>> HostSlab::make(Bytes size)
{
    auto descriptor = makeSealedFile(size);
    if (!descriptor)
        return fail(std::move(descriptor).error());
    void* address = ::mmap(nullptr, size.value, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor->get(), 0);
    if (address == MAP_FAILED)
        return fail(refused(errno, "mmap", size));
    Mapping mapping{{static_cast<std::byte*>(address), size.value}};
    // A child between fork and exec must not hold gigabytes; a failure only costs that.
    ::madvise(address, size.value, MADV_DONTFORK);
    // Only where the system gives huge pages to memory files on request (shmem_enabled = advise); elsewhere, as on the
    // machine of docs/performance.md, this changes nothing.
    ::madvise(address, size.value, MADV_HUGEPAGE);
    if (auto taken = takePages(descriptor->get(), mapping.bytes()); !taken)
        return fail(std::move(taken).error());
    return std::unique_ptr<HostSlab>{new HostSlab{std::move(*descriptor), mapping.takeOver()}};
}

HostSlab::HostSlab(UniqueFd descriptor, std::span<std::byte> bytes)
    : Slab(reinterpret_cast<std::uintptr_t>(bytes.data()), Bytes{bytes.size()})
    , m_descriptor(std::move(descriptor))
    , m_bytes(bytes)
{
}

HostSlab::~HostSlab()
{
    m_companion.reset();
    unmap(m_bytes);
}

MemfdSlabSource::MemfdSlabSource(OnSlabMade onSlabMade)
    : m_granularity{static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))}
    , m_onSlabMade(std::move(onSlabMade))
{
}

Result<std::unique_ptr<Slab>> MemfdSlabSource::acquire(Bytes size)
{
    assert(size > Bytes{} && size.value % m_granularity.value == 0);
    auto slab = HostSlab::make(size);
    if (!slab)
        return fail(std::move(slab).error());
    if (m_onSlabMade)
        (*slab)->m_companion = m_onSlabMade(**slab);
    return std::unique_ptr<Slab>{std::move(*slab)};
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slabs/host_slab.h"

#include "model_engine/memory/contents/parallel_chunks.h"
#include "model_engine/memory/slabs/slab_directory.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

// More threads than this no longer help: the kernel's zeroing reaches the bandwidth of memory.
constexpr unsigned kMostThreads = 4;
// Below this, starting a thread costs more than it saves.
constexpr Bytes kSmallestShare = kMiB * 16;
/// Huge pages of x86-64: what begins at a multiple of this can be one.
constexpr std::size_t kHugePage = kMiB.value * 2;

// The kernel holds the lock of the address space while it fills or unmaps a range, and other threads (the window's
// among them) wait for it whenever their heap grows. In steps they get at it in between: one call held them up for 100
// ms for each 256 MiB that it filled, and for 430 ms while it unmapped 6.9 GB; a step takes about a millisecond (2-core
// virtual machine, November 2026).
constexpr std::size_t kBlock = kMiB.value;
constexpr std::size_t kUnmapStep = kMiB.value * 16;

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

Result<std::span<std::byte>> mapShared(int descriptor, Bytes size)
{
    void* const address = ::mmap(nullptr, size.value, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED)
        return fail(refused(errno, "mmap", size));
    return std::span{static_cast<std::byte*>(address), size.value};
}

/// Begins at a multiple of the huge page: more is mapped, and what is before and behind is given back.
Result<std::span<std::byte>> mapPrivate(Bytes size)
{
    const auto whole = checkedAdd(size.value, kHugePage);
    if (!whole)
        return fail(refused(ENOMEM, "mmap", size));
    void* const address = ::mmap(nullptr, *whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED)
        return fail(refused(errno, "mmap", size));
    const std::span all{static_cast<std::byte*>(address), *whole};
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    const std::size_t before = alignUp(begin, kHugePage) - begin;
    unmap(all.first(before));
    unmap(all.subspan(before + size.value));
#ifdef PR_SET_VMA // only a name in /proc/PID/maps, where the kernel was built with them
    ::prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, begin + before, size.value, "weightroom-slab");
#endif
    return all.subspan(before, size.value);
}

/// Takes and maps the pages. Returns 0 or an error number. MADV_POPULATE_WRITE says as an error what a first write
/// would say as SIGBUS.
int populate(std::span<std::byte> bytes)
{
    while (::madvise(bytes.data(), bytes.size(), MADV_POPULATE_WRITE) != 0) {
        if (errno != EINTR && errno != EAGAIN)
            return errno;
    }
    return 0;
}

/// Takes pages without mapping them: for kernels before 5.14, which know no MADV_POPULATE_WRITE. Private memory has no
/// such way; there the first write takes them.
int reserve(int descriptor, std::size_t offset, std::size_t size)
{
    if (descriptor < 0)
        return 0;
    while (::fallocate(descriptor, 0, static_cast<off_t>(offset), static_cast<off_t>(size)) != 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

} // namespace

Result<std::unique_ptr<HostSlab>> HostSlab::map(Bytes size, HostMemory kind)
{
    UniqueFd descriptor;
    if (kind == HostMemory::Shared) {
        auto file = makeSealedFile(size);
        if (!file)
            return fail(std::move(file).error());
        descriptor = std::move(*file);
    }
    const auto bytes = descriptor.isOpen() ? mapShared(descriptor.get(), size) : mapPrivate(size);
    if (!bytes)
        return fail(bytes.error());
    Mapping mapping{*bytes};
    // A child between fork and exec must not hold gigabytes; a failure only costs that.
    ::madvise(bytes->data(), bytes->size(), MADV_DONTFORK);
    // Given for private memory where the system allows it on request (enabled = madvise, as distributions have it) or
    // always; for memory files where shmem_enabled = advise. Elsewhere this changes nothing.
    ::madvise(bytes->data(), bytes->size(), MADV_HUGEPAGE);
    std::unique_ptr<HostSlab> slab{new HostSlab{std::move(descriptor), mapping.bytes()}};
    (void)mapping.takeOver();
    return slab;
}

Result<std::unique_ptr<HostSlab>> HostSlab::make(Bytes size, HostMemory kind)
{
    auto slab = map(size, kind);
    if (!slab)
        return slab;
    if (auto taken = (*slab)->takeAllPages(); !taken)
        return fail(std::move(taken).error());
    return slab;
}

HostSlab::HostSlab(UniqueFd descriptor, std::span<std::byte> bytes)
    : Slab(reinterpret_cast<std::uintptr_t>(bytes.data()), Bytes{bytes.size()})
    , m_descriptor(std::move(descriptor))
    , m_bytes(bytes)
    , m_isTaken(std::make_unique<std::atomic<bool>[]>(blockCount()))
{
}

HostSlab::~HostSlab()
{
    if (m_directory)
        m_directory->remove(*this);
    m_companion.reset();
    unmap(m_bytes);
}

void HostSlab::enter(std::shared_ptr<SlabDirectory> directory)
{
    m_directory = std::move(directory);
    m_directory->add(*this);
}

std::size_t HostSlab::blockCount() const { return m_bytes.size() / kBlock + (m_bytes.size() % kBlock == 0 ? 0 : 1); }

/// Opened anew, because a duplicate would have the rights of the original. Whoever may open files of this process
/// could still get at one that writes, which the seal forbids.
Result<UniqueFd> HostSlab::exportDescriptor()
{
    if (!m_descriptor.isOpen())
        return Slab::exportDescriptor();
#ifdef F_SEAL_FUTURE_WRITE
    // A kernel that does not know it leaves us with a descriptor that cannot write.
    ::fcntl(m_descriptor.get(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
#endif
    const std::string path = "/proc/self/fd/" + std::to_string(m_descriptor.get());
    UniqueFd readable{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!readable.isOpen())
        return fail(systemError(errno, "open for another process", path));
    return readable;
}

Result<> HostSlab::takePages(std::span<std::byte> part)
{
    if (part.empty() || hasAllPages())
        return {};
    const auto begin = static_cast<std::size_t>(part.data() - m_bytes.data());
    for (std::size_t block = begin / kBlock; block <= (begin + part.size() - 1) / kBlock; ++block) {
        if (const int failed = takeBlock(block))
            return fail(refused(failed, "reserving the pages", size()));
    }
    return {};
}

Result<> HostSlab::takeMorePages(Bytes most)
{
    const std::size_t last = blockCount();
    std::size_t left = std::max<std::size_t>(most.value / kBlock, 1);
    for (std::size_t block = 0; block < last && left > 0; ++block) {
        if (m_isTaken[block])
            continue;
        --left;
        if (const int failed = takeBlock(block))
            return fail(refused(failed, "reserving the pages", size()));
    }
    return {};
}

Result<> HostSlab::takeAllPages()
{
    std::mutex mutex; // guards what follows
    Result<> taken;
    forEachPart(size(), threadsFor(size()), [&](std::uint64_t begin, Bytes part) {
        auto partTaken = takePages(m_bytes.subspan(begin, part.value));
        const std::scoped_lock lock{mutex};
        if (!partTaken)
            taken = std::move(partTaken);
    });
    return taken;
}

/// Several threads may do the same one at once: the second finds the pages there.
int HostSlab::takeBlock(std::size_t block)
{
    if (m_isTaken[block])
        return 0;
    const std::size_t begin = block * kBlock;
    const std::span<std::byte> bytes = m_bytes.subspan(begin, std::min(kBlock, m_bytes.size() - begin));
    int failed = populate(bytes);
    if (failed == EINVAL)
        failed = reserve(m_descriptor.get(), begin, bytes.size());
    if (failed == 0 && !m_isTaken[block].exchange(true) && ++m_blocksTaken == blockCount() && m_directory)
        m_directory->remove(*this);
    return failed;
}

} // namespace weightroom::engine

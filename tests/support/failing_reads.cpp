// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/failing_reads.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace weightroom::test {
namespace {

std::atomic<FailingReads> failingReads = FailingReads::None;
std::atomic<std::uint64_t> failedReads = 0;
std::atomic<std::uint64_t> mostFailures = 0;

bool isModelFile(int descriptor)
{
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    return length > 0 && std::string_view{path.data(), static_cast<std::size_t>(length)}.ends_with(".safetensors");
}

/// True, with errno set, for a read that is to fail.
bool fails(int descriptor)
{
    const FailingReads which = failingReads;
    if (which == FailingReads::None)
        return false;
    if (which == FailingReads::PastThePageCache && (::fcntl(descriptor, F_GETFL) & O_DIRECT) == 0)
        return false;
    if (!isModelFile(descriptor))
        return false;
    if (failedReads.fetch_add(1) >= mostFailures) {
        --failedReads;
        return false;
    }
    errno = EIO;
    return true;
}

} // namespace

ReadFaults::ReadFaults(FailingReads which, std::uint64_t most)
{
    failedReads = 0;
    mostFailures = most;
    failingReads = which;
}

ReadFaults::~ReadFaults() { failingReads = FailingReads::None; }

std::uint64_t ReadFaults::failed() { return failedReads; }

} // namespace weightroom::test

// The names under which the C library has pread(), preadv() and preadv2() for offsets of 64 bits.
extern "C" {
ssize_t readOrFail(int descriptor, void* buffer, std::size_t size, off64_t offset) __asm__("pread64");
ssize_t readAllOrFail(int descriptor, const iovec* parts, int count, off64_t offset) __asm__("preadv64");
ssize_t readAllOrFailBy(int descriptor, const iovec* parts, int count, off64_t offset, int flags) __asm__("preadv64v2");

ssize_t readOrFail(int descriptor, void* buffer, std::size_t size, off64_t offset)
{
    return weightroom::test::fails(descriptor) ? -1 : ::syscall(SYS_pread64, descriptor, buffer, size, offset);
}

ssize_t readAllOrFail(int descriptor, const iovec* parts, int count, off64_t offset)
{
    return weightroom::test::fails(descriptor) ? -1 : ::syscall(SYS_preadv, descriptor, parts, count, offset, 0L);
}

ssize_t readAllOrFailBy(int descriptor, const iovec* parts, int count, off64_t offset, int flags)
{
    return weightroom::test::fails(descriptor) ? -1
                                               : ::syscall(SYS_preadv2, descriptor, parts, count, offset, 0L, flags);
}
}

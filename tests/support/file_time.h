// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace weightroom::test {

/// The time of the last change of a file's content or status, in nanoseconds.
[[nodiscard]] inline long long changeTimeOf(const std::filesystem::path& path)
{
    struct stat status { };
    if (::stat(path.c_str(), &status) != 0)
        throw std::runtime_error("could not look at " + path.string());
    return status.st_ctim.tv_sec * 1'000'000'000LL + status.st_ctim.tv_nsec;
}

/// Returns when a change of `file` would get a later time than the last one got: file systems stamp with the ticks of
/// the kernel, some milliseconds apart, and two changes within one tick look like one.
inline void passTimestampOf(const std::filesystem::path& file)
{
    const std::filesystem::path scratch = file.string() + ".tick";
    do {
        std::ofstream{scratch} << "x";
    } while (changeTimeOf(scratch) <= changeTimeOf(file));
    std::filesystem::remove(scratch);
}

/// Takes a file out of the page cache, as after a restart of the machine.
inline void dropFromPageCache(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || ::fsync(descriptor) != 0 || ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) != 0)
        throw std::runtime_error("could not drop " + file.string());
    ::close(descriptor);
}

} // namespace weightroom::test

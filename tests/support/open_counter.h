// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstring>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/inotify.h>
#include <unistd.h>

namespace weightroom::test {

/// Tells which files below a folder were opened, by whomever, while it lives.
class OpenCounter {
public:
    explicit OpenCounter(const std::filesystem::path& folder)
        : m_descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
    {
        watch(folder);
        for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
            if (entry.is_directory())
                watch(entry.path());
        }
    }
    OpenCounter(const OpenCounter&) = delete;
    OpenCounter& operator=(const OpenCounter&) = delete;
    ~OpenCounter() { ::close(m_descriptor); }

    /// The names of the files that were opened since this was asked last. Folders do not count.
    [[nodiscard]] std::set<std::string> opened() const
    {
        std::set<std::string> names;
        alignas(inotify_event) std::array<char, 65536> buffer{};
        for (;;) {
            const ssize_t size = ::read(m_descriptor, buffer.data(), buffer.size());
            if (size <= 0)
                return names;
            for (ssize_t at = 0; at < size;) {
                inotify_event event{};
                std::memcpy(&event, buffer.data() + at, sizeof event);
                if ((event.mask & IN_ISDIR) == 0)
                    names.insert(buffer.data() + at + sizeof event);
                at += static_cast<ssize_t>(sizeof event + event.len);
            }
        }
    }

private:
    void watch(const std::filesystem::path& folder) const
    {
        if (::inotify_add_watch(m_descriptor, folder.c_str(), IN_OPEN) < 0)
            throw std::runtime_error("could not watch " + folder.string());
    }

    int m_descriptor;
};

} // namespace weightroom::test

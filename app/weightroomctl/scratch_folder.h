// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

namespace weightroom::ctl {

/// A folder below the temporary one, removed with all that is in it.
class ScratchFolder {
public:
    static engine::Result<ScratchFolder> make()
    {
        std::error_code unknown;
        const auto parent = std::filesystem::temp_directory_path(unknown);
        if (unknown)
            return engine::fail(engine::systemError(unknown.value(), "use the temporary folder", parent));
        std::string name = (parent / "weightroom-selftest-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            return engine::fail(engine::systemError(errno, "make the folder", name));
        return ScratchFolder{std::move(name)};
    }
    ScratchFolder(ScratchFolder&& other) noexcept
        : m_path(std::exchange(other.m_path, {}))
    {
    }
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder()
    {
        std::error_code ignored;
        if (!m_path.empty())
            std::filesystem::remove_all(m_path, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    explicit ScratchFolder(std::string path)
        : m_path(std::move(path))
    {
    }
    std::filesystem::path m_path;
};

} // namespace weightroom::ctl

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <string>
#include <string_view>

namespace weightroom::test {

/// A folder of one test, removed with all that lies in it when the test ends. Throws when the system refuses: a test
/// without its folder cannot go on.
class TemporaryFolder {
public:
    /// `parent`: for a test that needs a certain file system.
    explicit TemporaryFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path())
    {
        std::string name = (parent / "weightroom-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder for a test");
        m_path = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    friend std::filesystem::path operator/(const TemporaryFolder& folder, const std::filesystem::path& name)
    {
        return folder.m_path / name;
    }

    /// Writes a file and the folders above it; gives its path. `name` may contain folders:
    /// "sdxl/vae/model.safetensors".
    std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const
    {
        const std::filesystem::path file = m_path / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream stream{file, std::ios::binary | std::ios::trunc};
        stream.write(content.data(), static_cast<std::streamsize>(content.size())).flush();
        if (!stream)
            throw std::runtime_error("could not write " + file.string());
        return file;
    }

    /// Names of what lies directly in the folder, hidden files too: shows what a failed operation left behind.
    [[nodiscard]] std::set<std::string> entries() const
    {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator{m_path})
            names.insert(entry.path().filename().string());
        return names;
    }

private:
    std::filesystem::path m_path;
};

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <filesystem>

namespace weightroom::engine {

/// A folder that comes into being whole or not at all: it is filled under a hidden name beside its target, and gets its
/// name last. The destructor removes what has none; when the process is killed, the hidden folder stays. Used by one
/// thread.
class StagedFolder {
public:
    /// Errors: NotFound (the folder above), PermissionDenied, DiskFull, IoError.
    [[nodiscard]] static Result<StagedFolder> create(const std::filesystem::path& target);

    StagedFolder(StagedFolder&& other) noexcept;
    StagedFolder& operator=(StagedFolder&&) = delete;
    StagedFolder(const StagedFolder&) = delete;
    StagedFolder& operator=(const StagedFolder&) = delete;
    ~StagedFolder();

    /// Where it is filled.
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// Makes a folder in it. Errors: those of create().
    [[nodiscard]] Result<> addFolder(const std::filesystem::path& name) const;
    /// Its files are synced already; this makes the folders durable and gives the name. Nothing is ever replaced.
    /// Errors: AlreadyExists, IoError. Call it once.
    [[nodiscard]] Result<> commit();

private:
    StagedFolder(std::filesystem::path path, std::filesystem::path target);

    std::filesystem::path m_path; ///< empty once it has its name
    std::filesystem::path m_target;
};

} // namespace weightroom::engine

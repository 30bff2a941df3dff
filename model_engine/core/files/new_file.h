// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/files/file_writing.h"

#include <filesystem>
#include <span>
#include <string>

namespace weightroom::engine {

/// What happens to a file that already has the name of a new one.
enum class IfExists : std::uint8_t { Refuse, Replace };
/// Who may read a new file. AsUsual: whoever the umask lets. Owner: nobody else, from its first moment on.
enum class Readers : std::uint8_t { AsUsual, Owner };

/// A file that comes into being whole or not at all. It is written without a name, in the file system of its target,
/// and gets its name last: whatever ends before commit(), the process included, leaves nothing behind. File systems
/// without unnamed files (FAT, exFAT, NFS) get a hidden name beside the target, which the destructor removes, but which
/// stays when the process is killed. Used by one thread.
class NewFile {
public:
    /// Errors: NotFound (the folder), PermissionDenied, IoError.
    [[nodiscard]] static Result<NewFile> create(
        const std::filesystem::path& target, Readers readers = Readers::AsUsual);
    /// As create() where there are no unnamed files. Public for tests.
    [[nodiscard]] static Result<NewFile> createHidden(
        const std::filesystem::path& target, Readers readers = Readers::AsUsual);

    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&&) = delete;
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();

    /// Takes the room for `size` bytes now, so that a full disk is reported before the work and not at its end. Does
    /// nothing on file systems that cannot. Errors: DiskFull with both sizes, IoError.
    [[nodiscard]] Result<> reserve(Bytes size);
    /// Writes behind what was written before. Errors: DiskFull, IoError.
    [[nodiscard]] Result<> append(std::span<const std::byte> bytes);
    /// Makes the content durable, then gives it its name. A failed sync is not tried again: the kernel has dropped the
    /// pages, and a second call would claim success. Errors: AlreadyExists, DiskFull, IoError. Call it once.
    [[nodiscard]] Result<> commit(IfExists ifExists);

private:
    NewFile(UniqueFd descriptor, std::string temporary, std::filesystem::path target);
    [[nodiscard]] Result<> takeName(IfExists ifExists);
    [[nodiscard]] Result<> takeHiddenName();
    [[nodiscard]] Result<> linkToNew();

    UniqueFd m_descriptor;
    std::string m_temporary; ///< the hidden name; empty while there is none
    std::filesystem::path m_target;
};

} // namespace weightroom::engine

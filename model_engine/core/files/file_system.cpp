// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/file_system.h"

#include <algorithm>
#include <array>
#include <sys/vfs.h>

namespace weightroom::engine {
namespace {

/// The numbers of statfs(2) and linux/magic.h; cluster file systems are networks too. What is not here is local.
constexpr std::array<std::uint64_t, 13> kNetworkFileSystems{
    0x6969, // NFS
    0x517B, // SMB
    0xFE534D42, // SMB 2
    0xFF534D42, // CIFS
    0x564C, // NCP
    0x01021997, // 9P
    0x00C36400, // Ceph
    0x5346414F, // AFS
    0x6B414653, // kAFS
    0x73757245, // Coda
    0x0BD00BD0, // Lustre
    0x47504653, // GPFS
    0x7461636F, // OCFS2
};
constexpr std::uint64_t kFuse = 0x65735546;

} // namespace

std::string_view toText(FileSystemKind kind)
{
    static constexpr std::array<std::string_view, 4> kNames{"unknown", "local", "network", "user space"};
    return kNames[static_cast<std::size_t>(kind)];
}

FileSystemKind fileSystemKindOf(std::uint64_t magic)
{
    if (magic == kFuse)
        return FileSystemKind::UserSpace;
    const bool isNetwork = std::ranges::find(kNetworkFileSystems, magic) != kNetworkFileSystems.end();
    return isNetwork ? FileSystemKind::Network : FileSystemKind::Local;
}

FileSystemKind fileSystemKindOf(const std::filesystem::path& path)
{
    struct statfs status { };
    if (::statfs(path.c_str(), &status) != 0)
        return FileSystemKind::Unknown;
    // The field is signed and some of the numbers have their 32nd bit set.
    return fileSystemKindOf(static_cast<std::uint64_t>(status.f_type) & 0xFFFFFFFFU);
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/kernel_file.h"

#include <fstream>

namespace weightroom::engine {

std::string readKernelFile(const std::filesystem::path& path)
{
    // A membership has one line for each hierarchy, a dozen, of at most a path each (4 KiB); the others are shorter.
    constexpr std::size_t kMost = 64 * 1024;
    std::string content(kMost, '\0');
    std::ifstream stream{path, std::ios::binary};
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(stream.gcount()));
    return content;
}

} // namespace weightroom::engine

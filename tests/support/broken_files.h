// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"

#include <cstddef>
#include <string>
#include <vector>

namespace weightroom::test {

/// A file that must be refused, with the code and with words that the error's detail must contain: the tensor, the
/// limit or the size that is wrong.
struct BrokenFile {
    std::string name; ///< of the case, usable as a file name
    std::string content;
    engine::ErrorCode code = engine::ErrorCode::Unknown;
    std::vector<std::string> mentions;
};

/// Safetensors files that contradict the format, one per rule: all that the reference library refuses, and the
/// duplicates that it lets pass.
[[nodiscard]] std::vector<BrokenFile> brokenSafetensors();

/// Files that are no model at all, or of a format that is not read: a Git LFS pointer, a web page, a tar archive.
[[nodiscard]] std::vector<BrokenFile> foreignFiles();

/// All tables, those of GGUF and PyTorch too (broken_gguf.h, broken_torch_files.h).
[[nodiscard]] std::vector<BrokenFile> allBrokenFiles();

/// A file that looks wrong and is right: it must be read.
struct UnusualFile {
    std::string name;
    std::string content;
    std::size_t tensors = 0; ///< how many it holds
};

[[nodiscard]] std::vector<UnusualFile> unusualSafetensors();

} // namespace weightroom::test

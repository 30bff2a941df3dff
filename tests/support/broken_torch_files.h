// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/broken_files.h"

namespace weightroom::test {

/// Zip archives of torch.save that contradict the format or themselves, one for each rule.
[[nodiscard]] std::vector<BrokenFile> brokenZipArchives();

/// Archives that are none of torch.save, and have names.
[[nodiscard]] std::vector<BrokenFile> foreignArchives();

/// Pickles that would run something, by every way that is known: each must be refused naming what it would call.
[[nodiscard]] std::vector<BrokenFile> unsafePickles();

/// Pickles that are broken, or want more of us than they may.
[[nodiscard]] std::vector<BrokenFile> brokenPickles();

/// Tensors whose description cannot be, or does not fit the file.
[[nodiscard]] std::vector<BrokenFile> brokenTensors();

/// Files of the form before PyTorch 1.6.
[[nodiscard]] std::vector<BrokenFile> brokenLegacyFiles();

/// All of these tables.
[[nodiscard]] std::vector<BrokenFile> brokenTorchFiles();

} // namespace weightroom::test

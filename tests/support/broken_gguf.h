// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/broken_files.h"

namespace weightroom::test {

/// GGUF files that contradict the format, at least one for each rule of the reader; all kinds that ggml's own tests
/// make are among them.
[[nodiscard]] std::vector<BrokenFile> brokenGguf();

/// GGUF files that look wrong and are right.
[[nodiscard]] std::vector<UnusualFile> unusualGguf();

} // namespace weightroom::test

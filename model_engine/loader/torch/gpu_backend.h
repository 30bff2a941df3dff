// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace weightroom::engine {

/// Opens LibTorch's library for CUDA. It registers itself when it is opened, and nothing refers to a symbol of it, so
/// that no linker brings it along; it is opened with the first tensor on a GPU, because that takes a quarter of a second
/// and all of NVIDIA's libraries. Answers with the reason why it cannot be opened, always the same; empty: it is open.
/// Any thread.
[[nodiscard]] const std::string& openGpuBackend();

} // namespace weightroom::engine

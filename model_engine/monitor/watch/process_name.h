// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace weightroom::engine {

/// A name by which a user knows a process: that of its program, and of a script that it runs ("python3 main.py",
/// "blender"), without folders and options, at most 64 characters; valid UTF-8 without control characters. Empty:
/// there is no such process, or it may not be looked at. Reads /proc: not on the engine thread.
[[nodiscard]] std::string processName(std::int64_t id, const std::filesystem::path& processes = "/proc");

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// When the kernel is to give a sign that threads wait for memory, and where it is told so.
struct PressureRequest {
    std::filesystem::path file = "/proc/pressure/memory"; ///< or memory.pressure of a control group
    /// Some thread has waited for 200 ms within 2 s: what systemd asks for too. The window is a multiple of 2 s because
    /// the kernel lets everybody ask for such ones (others need CAP_SYS_RESOURCE).
    std::string condition = "some 200000 2000000";

    /// What the service manager says in the environment (its memory pressure protocol): $MEMORY_PRESSURE_WATCH, the
    /// file, and $MEMORY_PRESSURE_WRITE, the condition in base64. The defaults where it says nothing; nothing at all
    /// when it wants nobody to watch ("/dev/null").
    [[nodiscard]] static std::optional<PressureRequest> fromEnvironment();
};

/// The base64 of an environment variable, decoded; nothing for what is none, or longer than 4 KiB.
[[nodiscard]] std::optional<std::string> decodeBase64(std::string_view text);

/// A descriptor on which poll(2) says POLLPRI whenever the condition has come true. Closed where the kernel has no such
/// file, or does not take the condition.
[[nodiscard]] UniqueFd openPressureTrigger(const PressureRequest& request);

} // namespace weightroom::engine

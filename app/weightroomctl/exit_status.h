// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"

#include <string>

namespace weightroom::ctl {

/// What weightroomctl exits with. Stable: scripts rely on it. `weightroomctl --help` prints the table.
enum class ExitStatus : int {
    Success = 0,
    Internal = 1, ///< a defect of Weightroom
    Usage = 2, ///< wrong arguments, an unknown operation, field, value or id
    File = 3, ///< a file or folder: missing, unreadable, broken, changed, disk full
    Memory = 4, ///< the device, the cache budget or the system has not enough
    Incompatible = 5, ///< a format, type or model that cannot be used
    Device = 6, ///< a device failed, or a check of the self-test did
    Cancelled = 130, ///< interrupted; everything was rolled back
    OutputClosed = 141, ///< whoever read the output wanted no more; what a shell shows for SIGPIPE
};

[[nodiscard]] ExitStatus exitStatusOf(engine::ErrorCode code);

/// The table for the help text.
[[nodiscard]] std::string exitStatusHelp();

} // namespace weightroom::ctl

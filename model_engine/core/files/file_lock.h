// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"

namespace weightroom::engine {

/// Takes the sole right to `subject`, which is that of `lock`, a file that is made for it and holds nothing. The right
/// is given back when the descriptor is closed, or when the process ends, however it does. Never waits.
/// Errors: FileInUse, naming `subject`, while another job or process has the right; PermissionDenied where nobody can
/// have it; NotFound (the folder), IoError.
[[nodiscard]] Result<UniqueFd> lockFile(const std::filesystem::path& lock, const std::filesystem::path& subject);

} // namespace weightroom::engine

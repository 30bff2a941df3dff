// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <filesystem>

namespace weightroom::engine {

/// For so long an interrupted conversion waits for whoever asks for it again.
inline constexpr std::chrono::hours kPartialOutputKept{7 * 24};

/// Removes what killed processes have left in a folder under hidden names, and nobody holds: partial output of
/// conversions (see PartialOutput) that nothing can go on with, or that has waited for a week; files and folders of
/// processes that are no more. Nothing is removed that was written to within the
/// last hour: its writer may be on another machine. What cannot be removed stays.
void removeLeftovers(const std::filesystem::path& folder);

} // namespace weightroom::engine

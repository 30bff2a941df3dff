// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace weightroom::engine {

// Where the XDG base directory specification puts what belongs to the user. Both read the environment: call them at
// start, before any thread runs.

/// $XDG_CONFIG_HOME/weightroom, or ~/.config/weightroom: what the user has chosen.
[[nodiscard]] std::filesystem::path userConfigFolder();
/// $XDG_DATA_HOME/weightroom, or ~/.local/share/weightroom: what Weightroom keeps between runs.
[[nodiscard]] std::filesystem::path userDataFolder();

} // namespace weightroom::engine

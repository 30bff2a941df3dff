// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"
#include "model_engine/server/socket/socket_place.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace weightroom {

/// How a window begins that wants to serve the other programs of its user: there is one engine for them.
struct ServedPlace {
    std::optional<engine::ClaimedPlace> claimed; ///< absent: the window serves nobody
    /// Another window runs, and was brought up: this one is not needed.
    bool isWindowElsewhere = false;
    /// Of the folders that it was to open, those whose names it could not be told: no text can have them.
    std::vector<std::filesystem::path> unnamedFolders;
    std::optional<engine::Error> problem; ///< why it serves nobody, where the user should know
};

/// Claims the user's place, or finds out who has it: a window that runs is brought up, and opens `folders`. Waits a few
/// seconds for a window that begins or ends, or that does not answer.
[[nodiscard]] ServedPlace claimServedPlace(const std::vector<std::filesystem::path>& folders);

} // namespace weightroom

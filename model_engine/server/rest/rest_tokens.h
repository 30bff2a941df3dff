// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/server/client_role.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// What clients of the REST door show to be let in: 256 random bits each, in hexadecimal digits.
struct RestTokens {
    std::string full; ///< every operation
    std::string readOnly; ///< what changes nothing

    /// What somebody with this token may do; None for a token that is neither. Takes the same time for all tokens of
    /// one length.
    [[nodiscard]] ClientRole roleOf(std::string_view token) const;
};

/// Where they are kept: two files of 65 bytes that only the user may read, for `$(cat …)`.
struct RestTokenFiles {
    std::filesystem::path folder; ///< userConfigFolder()

    [[nodiscard]] std::filesystem::path full() const { return folder / "rest-token"; }
    [[nodiscard]] std::filesystem::path readOnly() const { return folder / "rest-read-token"; }
};

/// The kept tokens; what is not there is made, with its folder. Errors: PermissionDenied, for a file that belongs to
/// somebody else or that others may read: they may know it; InvalidFormat, for one that holds no token; NotRegularFile,
/// also for a link; those of NewFile.
[[nodiscard]] Result<RestTokens> keptRestTokens(const RestTokenFiles& files);

} // namespace weightroom::engine

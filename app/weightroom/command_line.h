// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/log.h"

#include <filesystem>
#include <vector>

class QCoreApplication;

namespace weightroom {

/// What the user asked for on the command line.
struct CommandLine {
    std::filesystem::path settingsFile;
    std::vector<std::filesystem::path> folders; ///< absolute; scanned beside those of the settings
    engine::LogLevel logLevel = engine::LogLevel::Warning;
};

/// Reads the arguments of the application. Answers --help and --version, and ends the program for those and for
/// arguments that it does not know.
[[nodiscard]] CommandLine readCommandLine(const QCoreApplication& application);

} // namespace weightroom

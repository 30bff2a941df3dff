// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/weightroomctl/exit_status.h"
#include "app/weightroomctl/progress_line.h"
#include "model_engine/engine.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace weightroom::ctl {

enum class OutputFormat : std::uint8_t { Text, Json };

/// What stands before the command on the command line.
struct GlobalOptions {
    std::filesystem::path settingsFile;
    std::filesystem::path dataFolder; ///< where the catalogue is kept between runs
    std::vector<std::string> hostDevices; ///< sizes as typed; empty: as in the settings
    std::string cacheBudget; ///< size as typed; empty: as in the settings
    std::vector<std::string> folders; ///< take the place of the configured ones
    std::string logLevel = "error"; ///< lower levels would mix lines of the log with the JSON of an error
    bool useCuda = true;
    bool asJson = false;
};

/// One run of weightroomctl: its options and its engine, which is made when a command first needs it and lives until
/// the program ends.
class Session {
public:
    Session(const GlobalOptions& options, std::stop_token stop);

    /// For a run of several commands, before the first of them: the engine notices changes in the model folders,
    /// takes hashes while nobody asks anything, and goes on with preload plans.
    void expectMore()
    {
        m_watching = engine::FolderWatching::On;
        m_idleWork = engine::IdleWork::On;
        m_preload = engine::PreloadAtStart::On;
    }
    /// Errors: those of loading the settings, InvalidValue for a size that cannot be read.
    [[nodiscard]] engine::Result<engine::Engine*> openEngine();
    /// Runs an operation and waits for it, with the progress on the terminal.
    [[nodiscard]] engine::Result<engine::Json> call(std::string_view operation, const engine::Json& request);
    [[nodiscard]] engine::Result<engine::Settings> settings() const;

    [[nodiscard]] OutputFormat format() const { return m_options.asJson ? OutputFormat::Json : OutputFormat::Text; }
    [[nodiscard]] std::stop_token stopToken() const { return m_stop; }
    [[nodiscard]] engine::LogSink& log() { return *m_log; }

private:
    const GlobalOptions& m_options;
    const std::stop_token m_stop;
    engine::SystemClock m_clock;
    std::shared_ptr<engine::LogSink> m_log;
    ProgressLine m_progress;
    engine::FolderWatching m_watching = engine::FolderWatching::Off;
    engine::IdleWork m_idleWork = engine::IdleWork::Off;
    engine::PreloadAtStart m_preload = engine::PreloadAtStart::Off;
    std::unique_ptr<engine::Engine> m_engine;
};

/// Prints the typed error as one JSON document on standard error and gives the status for it.
ExitStatus printError(const engine::Error& error);

} // namespace weightroom::ctl

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/weightroomctl/exit_status.h"
#include "app/weightroomctl/output/progress_line.h"
#include "model_engine/engine.h"
#include "model_engine/server/rpc/rpc_client.h"

#include <cstdint>
#include <filesystem>
#include <functional>
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
    std::filesystem::path socketFolder{}; ///< of a running engine; empty: that of the user
    bool ownEngine = false; ///< even where one runs

    /// Whether they describe an engine: one that runs already has its own settings.
    [[nodiscard]] bool describeAnEngine() const;
};

/// One run of weightroomctl: its options and the engine that its operations go to. That is the one which runs for the
/// user, if there is one; else one of its own, which is made when a command first needs it and lives until the program
/// ends.
class Session {
public:
    Session(const GlobalOptions& options, std::stop_token stop);

    /// For a run of several commands, before the first of them: the engine notices changes in the model folders,
    /// takes hashes while nobody asks anything, and goes on with preload plans.
    void expectMore()
    {
        m_watching = engine::FolderWatching::On;
        m_idleWork = engine::IdleWork::On;
        m_monitoring = engine::Monitoring::On;
        m_preload = engine::PreloadAtStart::On;
    }
    /// Its own, whether or not another one runs. Errors: those of loading the settings, InvalidValue for a size that
    /// cannot be read.
    /// `changed` hears of each state of it, if this call is the one that makes it.
    [[nodiscard]] engine::Result<engine::Engine*> openEngine(
        std::function<void(const engine::EngineSnapshotPtr&)> changed = {});
    /// Runs an operation and waits for it, with the progress on the terminal. Errors: those of the operation, of
    /// openEngine(), and of connecting to an engine that was named.
    [[nodiscard]] engine::Result<engine::Json> call(std::string_view operation, const engine::Json& request);
    /// Who serves the engine that is asked, as server.get_server_info says it; null: it is an engine of its own.
    /// Errors: those of connecting, and of the call.
    [[nodiscard]] engine::Result<engine::Json> server();
    /// An id names a model of the configured folders: an engine of its own, which is fresh, looks at them first.
    /// Errors: those of the scan.
    [[nodiscard]] engine::Result<> knowModels();
    /// Where an engine of this user serves. Errors: those of userSocketPlace().
    [[nodiscard]] engine::Result<engine::SocketPlace> socketPlace() const;
    [[nodiscard]] engine::Result<engine::Settings> settings() const;

    [[nodiscard]] OutputFormat format() const { return m_options.asJson ? OutputFormat::Json : OutputFormat::Text; }
    [[nodiscard]] std::stop_token stopToken() const { return m_stop; }
    [[nodiscard]] engine::LogSink& log() { return *m_log; }

private:
    [[nodiscard]] engine::Result<> connect();
    [[nodiscard]] engine::Result<engine::Json> callRunning(std::string_view operation, const engine::Json& request);

    const GlobalOptions& m_options;
    const std::stop_token m_stop;
    enum class Reach : std::uint8_t { Unknown, Running, Own };
    Reach m_reach = Reach::Unknown;
    std::optional<engine::RpcClient> m_running;
    engine::SystemClock m_clock;
    std::shared_ptr<engine::LogSink> m_log;
    ProgressLine m_progress;
    engine::FolderWatching m_watching = engine::FolderWatching::Off;
    engine::IdleWork m_idleWork = engine::IdleWork::Off;
    engine::Monitoring m_monitoring = engine::Monitoring::Off;
    engine::PreloadAtStart m_preload = engine::PreloadAtStart::Off;
    std::unique_ptr<engine::Engine> m_engine;
};

/// Prints the typed error as one JSON document on standard error and gives the status for it.
ExitStatus printError(const engine::Error& error);

} // namespace weightroom::ctl

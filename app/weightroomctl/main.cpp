// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/output/standard_output.h"
#include "app/weightroomctl/signal_stop.h"
#include "model_engine/core/files/user_folders.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <new>

namespace weightroom::ctl {
namespace {

void addGlobalOptions(CLI::App& app, GlobalOptions& options)
{
    options.settingsFile = engine::defaultSettingsFile();
    app.add_option("--settings", options.settingsFile, "The settings file")->capture_default_str();
    options.dataFolder = engine::userDataFolder();
    app.add_option("--data-folder", options.dataFolder, "Where the catalogue is kept between runs")
        ->capture_default_str();
    app.add_option("--folder", options.folders, "A model folder, in place of the configured ones; may be given again")
        ->take_all();
    app.add_option("--host-device", options.hostDevices,
           "Capacity of a host device, such as 8GiB, in place of the configured ones; may be given again")
        ->take_all();
    app.add_option("--cache", options.cacheBudget, "Budget of the RAM cache, such as 12GiB");
    app.add_flag("!--no-cuda", options.useCuda, "Leave GPUs alone");
    auto* folder = app.add_option("--socket-folder", options.socketFolder,
        "The folder of the sockets of the engine to ask, in place of $XDG_RUNTIME_DIR/weightroom");
    app.add_flag("--own-engine", options.ownEngine, "Start an engine of its own even where one runs")->excludes(folder);
    app.add_flag("--json", options.asJson, "Print answers as JSON");
    app.add_option("--log-level", options.logLevel, "What is logged to standard error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
        ->capture_default_str();
}

void addCommands(CLI::App& app, Action& action)
{
    // At most one, so that a word that is no command is named as such; none is said by noCommand().
    app.require_subcommand(0, 1);
    addLibraryCommands(app, action);
    addLoadCommands(app, action);
    addModelCommands(app, action);
    addMonitorCommand(app, action);
    addBenchCommand(app, action);
    addSelftestCommand(app, action);
    addCallCommands(app, action);
    addServeCommand(app, action);
}

/// CLI11 prints help and complaints itself; a complaint is always wrong usage here.
ExitStatus parseFailed(const CLI::App& app, const CLI::ParseError& error)
{
    return app.exit(error) == 0 ? ExitStatus::Success : ExitStatus::Usage;
}

ExitStatus noCommand(const CLI::App& app)
{
    std::cerr << "A command is missing.\n\n" << app.help();
    return ExitStatus::Usage;
}

/// What a library throws ends the command, not the session.
ExitStatus runGuarded(const Action& action, Session& session)
try {
    return action(session);
} catch (const std::bad_alloc&) {
    return printError({engine::ErrorCode::OutOfHostMemory, "the system gave no more memory", {.memoryType = "system"}});
} catch (const std::exception& error) {
    return printError({engine::ErrorCode::Internal, error.what()});
}

ExitStatus run(int argumentCount, char** arguments)
{
    const SignalStop signals;
    GlobalOptions options;
    Action action;
    CLI::App app{
        "Weightroom keeps the weights of image models where they are needed: on disk, in RAM, in VRAM.\n"
        "Commands go to the engine that runs for you (the window, or `weightroomctl serve`). Where none runs, or\n"
        "options describe another one, each run has an engine of its own: what it loads is given back when it ends.\n"
        "`weightroomctl session` runs several commands in one engine."};
    app.name("weightroomctl");
    app.set_version_flag("--version", "weightroomctl " WEIGHTROOM_VERSION);
    app.footer(exitStatusHelp());
    app.fallthrough(); // global options may stand behind the command too
    addGlobalOptions(app, options);
    addCommands(app, action);
    try {
        app.parse(argumentCount, arguments);
    } catch (const CLI::ParseError& error) {
        return checkOutput(parseFailed(app, error)); // help is an answer too
    }
    if (!action)
        return noCommand(app);
    Session session{options, signals.token()};
    return checkOutput(runGuarded(action, session));
}

} // namespace

ExitStatus runCommandLine(std::vector<std::string> words, Session& session)
{
    Action action;
    CLI::App app;
    app.name("");
    addCommands(app, action);
    std::ranges::reverse(words); // CLI11 takes them from the back
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        return parseFailed(app, error);
    }
    return action ? runGuarded(action, session) : noCommand(app);
}

} // namespace weightroom::ctl

int main(int argumentCount, char** arguments)
try {
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe is a write error, not the end before the rollback
    return static_cast<int>(weightroom::ctl::run(argumentCount, arguments));
} catch (const std::exception& error) {
    using namespace weightroom;
    return static_cast<int>(ctl::printError({engine::ErrorCode::Internal, error.what()}));
}

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/weightroomctl/session.h"

#include <CLI/CLI.hpp>

#include <functional>

namespace weightroom::ctl {

/// What the chosen command does; set by its callback and run after the whole command line was understood.
using Action = std::function<ExitStatus(Session&)>;

void addBenchCommand(CLI::App& app, Action& action);
void addCallCommands(CLI::App& app, Action& action); ///< call, operations, session
void addLibraryCommands(CLI::App& app, Action& action); ///< scan, list, make-sample
void addLoadCommands(CLI::App& app, Action& action); ///< load, unload, status
void addModelCommands(CLI::App& app, Action& action); ///< validate, convert
void addMonitorCommand(CLI::App& app, Action& action);
void addSelftestCommand(CLI::App& app, Action& action);
void addServeCommand(CLI::App& app, Action& action);

/// Understands one command line, without the name of the program and the global options, and runs it in `session`.
ExitStatus runCommandLine(std::vector<std::string> words, Session& session);

/// Finds a model by id, name or path among the models of the engine's folders, after a scan; a path elsewhere is looked
/// at where it is. Errors: ModelNotFound, NotFound, InvalidValue for a name that several models have.
[[nodiscard]] engine::Result<engine::Json> findModel(Session& session, const std::string& wanted);

/// The fields by which a request names a model: its path when there is something of this name, else the id of the model
/// that findModel() finds. For operations that take both.
[[nodiscard]] engine::Result<engine::Json> requestFor(Session& session, const std::string& wanted);
/// As it is when the folder we are in cannot be told any more; the engine then refuses it by name.
[[nodiscard]] std::string absolutePath(const std::string& path);

} // namespace weightroom::ctl

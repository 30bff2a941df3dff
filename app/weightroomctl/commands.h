// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/weightroomctl/session.h"

#include <CLI/CLI.hpp>

#include <functional>

namespace weightroom::ctl {

/// What the chosen command does; set by its callback and run after the whole command line was understood.
using Action = std::function<ExitStatus(Session&)>;

void addCallCommands(CLI::App& app, Action& action); ///< call, operations, session
void addLibraryCommands(CLI::App& app, Action& action); ///< scan, list, make-sample
void addLoadCommands(CLI::App& app, Action& action); ///< load, unload, status
void addSelftestCommand(CLI::App& app, Action& action);

/// Understands one command line, without the name of the program and the global options, and runs it in `session`.
ExitStatus runCommandLine(std::vector<std::string> words, Session& session);

/// Finds a model by id, name or path among the models of the engine's folders, after a scan; a path elsewhere is looked
/// at where it is. Errors: ModelNotFound, NotFound, InvalidValue for a name that several models have.
[[nodiscard]] engine::Result<engine::Json> findModel(Session& session, const std::string& wanted);

} // namespace weightroom::ctl

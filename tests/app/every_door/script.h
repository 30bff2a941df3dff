// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"
#include "model_engine/core/json.h"

#include <string>
#include <vector>

namespace weightroom::test {

/// What goes on while a step is carried out.
enum class Around : std::uint8_t {
    Nothing = 0,
    HeldJob, ///< a job that waits until the step is over
};

/// One operation that is asked for. Texts of its fields may be placeholders: "@models/x" and "@folder/x" are paths,
/// "@job" is the number of the held job, and "@name" the id of the model of this name.
struct Step {
    std::string operation;
    engine::Json fields = engine::Json::object();
    std::string code{}; ///< of the error that it comes to; empty: it succeeds
    Around around = Around::Nothing;
};

/// Every operation of the engine that anybody may ask for, in an order in which they succeed on a library that the
/// first of them writes, each with all of its fields in one step or another.
[[nodiscard]] const std::vector<Step>& script();

/// Those that only programs get which are connected to the local socket, and those of the socket itself.
[[nodiscard]] const std::vector<Step>& connectedScript();

} // namespace weightroom::test

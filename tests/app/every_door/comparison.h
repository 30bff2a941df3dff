// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"
#include "tests/app/every_door/door.h"

#include <set>
#include <string>
#include <vector>

namespace weightroom::test {

/// How an answer differs from what another door has said, in anything but the few figures that are not the same each
/// time (kMeasured) and the numbers of processes; empty: it does not. `naming`: how its names are written. `spec`: what
/// it answers; nullptr: only an error.
[[nodiscard]] std::string comparedWith(
    const Answer& expected, const Answer& found, engine::RestNaming naming, const engine::OperationSpec* spec);

/// Keys of an answer that are neither names nor declared as data, as paths.
[[nodiscard]] std::set<std::string> oddKeys(const engine::Json& answer, const std::vector<std::string>& dataKeys);

} // namespace weightroom::test

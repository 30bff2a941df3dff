// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/child_program.h"

#include <string>
#include <vector>

namespace weightroom::benchmarks {

/// A program that sets itself up, prints a line, and goes on when it gets one: so that what it is measured at begins at
/// the same moment after the same preparation as everything else. Ended by the destructor if it still runs.
class WaitingProgram {
public:
    /// Starts `command`, the program with its arguments, and waits for its line. Errors: those of ChildProgram; IoError
    /// when it prints something else.
    [[nodiscard]] static engine::Result<WaitingProgram> start(std::vector<std::string> command);

    /// Lets it go on, and reads `count` numbers that it prints, one a line. Once. Errors: those of ChildProgram;
    /// IoError when it printed something else.
    [[nodiscard]] engine::Result<std::vector<double>> numbers(std::size_t count);

private:
    WaitingProgram(std::string name, engine::ChildProgram program);

    std::string m_name;
    engine::ChildProgram m_program;
};

} // namespace weightroom::benchmarks

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/file.h"
#include "model_engine/core/result.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace weightroom::benchmarks {

/// A program that sets itself up, prints a line, and goes on when it gets one: so that what it is measured at begins at
/// the same moment after the same preparation as everything else. Ended by the destructor if it still runs.
class WaitingProgram {
public:
    /// Starts `command`, a path with its arguments, and waits for its line. Errors: those of running it; IoError when
    /// it ends before it is ready, or prints something else.
    [[nodiscard]] static engine::Result<WaitingProgram> start(std::vector<std::string> command);
    ~WaitingProgram();
    WaitingProgram(WaitingProgram&& other) noexcept;
    WaitingProgram& operator=(WaitingProgram&&) = delete;

    /// Lets it go on, and reads `count` numbers that it prints, one a line. Once. Errors: IoError, when it printed
    /// something else or ended.
    [[nodiscard]] engine::Result<std::vector<double>> numbers(std::size_t count);

private:
    WaitingProgram(std::string name, pid_t process, engine::UniqueFd channel);
    [[nodiscard]] engine::Result<std::string> line();

    std::string m_name;
    pid_t m_process;
    engine::UniqueFd m_channel; ///< the program's input and output
};

} // namespace weightroom::benchmarks

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/jobs/wake_up.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// A process that this one has started, in a group of its own. The destructor ends it with all of its group, and leaves
/// no zombie; but what the system itself cannot end (it waits for a disk that hangs) is not waited for any longer.
class OwnedProcess {
public:
    /// So long a killed process is waited for. Decided, not measured: giving back the memory of a GPU takes a second.
    static constexpr std::chrono::milliseconds kLongestDying{10'000};

    OwnedProcess() = default;
    explicit OwnedProcess(pid_t leader)
        : m_leader(leader)
    {
    }
    OwnedProcess(OwnedProcess&& other) noexcept
        : m_leader(std::exchange(other.m_leader, -1))
    {
    }
    OwnedProcess& operator=(OwnedProcess&& other) noexcept
    {
        std::swap(m_leader, other.m_leader);
        return *this;
    }
    OwnedProcess(const OwnedProcess&) = delete;
    OwnedProcess& operator=(const OwnedProcess&) = delete;
    ~OwnedProcess() { (void)end(); }

    /// Ends it, and says how it had ended: "exit status 1", "signal 9", "it does not end"; empty when that was told
    /// before.
    std::string end(std::chrono::milliseconds longest = kLongestDying);
    [[nodiscard]] bool hasEnded() const; ///< by itself, or by end()
    /// Readable when it has ended by itself. Not open on a system older than Linux 5.3.
    [[nodiscard]] UniqueFd endSignal() const;

private:
    pid_t m_leader = -1;
};

/// Another program that runs beside this one and is spoken to in lines, by its standard input and output. It has no
/// other descriptor of this process, no signal blocked or ignored, and goes with this object. One thread at a time.
class ChildProgram {
public:
    struct Command {
        std::vector<std::string> words; ///< the program, as a path or as a name in PATH, and its arguments
        std::map<std::string, std::string> environment{}; ///< what it gets beside this process's own, or instead of it
    };
    /// How long somebody waits.
    struct Patience {
        std::stop_token stop;
        std::chrono::milliseconds longest;
    };
    static constexpr std::size_t kLongestLine = 64 * 1024; ///< in either direction, without its end
    static constexpr std::size_t kKeptComplaints = 2048; ///< of what it writes to standard error, the last lines

    /// Errors: those of systemError(), with the program's name: NotFound, PermissionDenied, …
    [[nodiscard]] static Result<ChildProgram> start(const Command& command);

    /// Never waits. Errors: InvalidValue for more than one line, or one that is too long; IoError when the program has
    /// ended, or has not read what it was sent before.
    [[nodiscard]] Result<> writeLine(std::string_view line);
    /// The next line that it prints, without its end. Errors: Cancelled; NotAnswering when it took too long; IoError
    /// when the program ends before, with how it ended and what it complained of, or prints a line that is too long.
    /// After an error a line that comes is an answer to nothing: the program is to be given up.
    [[nodiscard]] Result<std::string> readLine(const Patience& patience);

private:
    ChildProgram(std::string name, WakeUp wakeUp);
    [[nodiscard]] Result<> open(const Command& command);
    [[nodiscard]] Result<> hear();
    void hearComplaints();
    [[nodiscard]] Error ended();

    std::string m_name; ///< of the program, as it was asked for
    WakeUp m_wakeUp;
    UniqueFd m_channel; ///< a socket: the program's standard input and output
    UniqueFd m_complaints; ///< a pipe: its standard error
    UniqueFd m_end; ///< readable when the program has ended
    UniqueFd m_either; ///< epoll: readable when one of them is
    std::string m_heard; ///< of standard output, not read yet
    std::string m_complained; ///< the last of standard error
    bool m_isComplaintCut = false; ///< something before it was left out
    OwnedProcess m_process; ///< the last member: it is ended before its channel goes
};

} // namespace weightroom::engine

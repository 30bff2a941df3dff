// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/waiting_program.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace weightroom::benchmarks {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Result;
using engine::UniqueFd;

/// The process, with `channel` as its input and output.
Result<pid_t> spawn(std::vector<std::string>& command, int channel)
{
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (std::string& word : command)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, channel, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, channel, STDOUT_FILENO);
    pid_t process = -1;
    const int failed = ::posix_spawn(&process, arguments.front(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        return fail(engine::systemError(failed, "run", command.front()));
    return process;
}

} // namespace

Result<WaitingProgram> WaitingProgram::start(std::vector<std::string> command)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(engine::systemError(errno, "make a channel to", command.front()));
    UniqueFd ours{ends[0]};
    UniqueFd theirs{ends[1]};
    const auto process = spawn(command, theirs.get());
    if (!process)
        return fail(process.error());
    WaitingProgram program{command.front(), *process, std::move(ours)};
    theirs = {}; // else the program's end would not be seen
    const auto ready = program.line();
    if (!ready)
        return fail(ready.error());
    if (*ready != "ready")
        return fail(ErrorCode::IoError, "'" + command.front() + "' printed '" + *ready + "' instead of 'ready'");
    return program;
}

WaitingProgram::WaitingProgram(std::string name, pid_t process, UniqueFd channel)
    : m_name(std::move(name))
    , m_process(process)
    , m_channel(std::move(channel))
{
}

WaitingProgram::WaitingProgram(WaitingProgram&& other) noexcept
    : m_name(std::move(other.m_name))
    , m_process(std::exchange(other.m_process, -1))
    , m_channel(std::move(other.m_channel))
{
}

WaitingProgram::~WaitingProgram()
{
    if (m_process < 0)
        return;
    ::kill(m_process, SIGKILL);
    while (::waitpid(m_process, nullptr, 0) < 0 && errno == EINTR) { }
}

/// Lines are short and few: read by the character, so that nothing behind them is taken.
Result<std::string> WaitingProgram::line()
{
    std::string text;
    for (;;) {
        char next = 0;
        const ssize_t count = ::read(m_channel.get(), &next, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return fail(ErrorCode::IoError, "'" + m_name + "' ended before it had answered");
        if (next == '\n')
            return text;
        text += next;
    }
}

Result<std::vector<double>> WaitingProgram::numbers(std::size_t count)
{
    if (::send(m_channel.get(), "\n", 1, MSG_NOSIGNAL) != 1)
        return fail(engine::systemError(errno, "write to", m_name));
    std::vector<double> numbers;
    while (numbers.size() < count) {
        const auto text = line();
        if (!text)
            return fail(text.error());
        char* end = nullptr;
        numbers.push_back(std::strtod(text->c_str(), &end));
        if (end == text->c_str())
            return fail(ErrorCode::IoError, "'" + m_name + "' printed '" + *text + "' instead of a number");
    }
    return numbers;
}

} // namespace weightroom::benchmarks

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/child_program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::size_t kReadSize = 4096;
constexpr int kMostReads = 32; // twice what a pipe holds: whoever complains without end is not listened to for ever

/// How posix_spawn(3) makes the process.
class SpawnPlan {
public:
    SpawnPlan(int channel, int complaints)
    {
        ::posix_spawn_file_actions_init(&m_actions);
        ::posix_spawn_file_actions_adddup2(&m_actions, channel, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&m_actions, channel, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&m_actions, complaints, STDERR_FILENO);
        ::posix_spawn_file_actions_addclosefrom_np(&m_actions, STDERR_FILENO + 1); // libraries open without O_CLOEXEC
        ::posix_spawnattr_init(&m_attributes);
        ::posix_spawnattr_setflags(
            &m_attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        ::posix_spawnattr_setpgroup(&m_attributes, 0);
        sigset_t signals{};
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&m_attributes, &signals);
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&m_attributes, &signals);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan()
    {
        ::posix_spawn_file_actions_destroy(&m_actions);
        ::posix_spawnattr_destroy(&m_attributes);
    }

    [[nodiscard]] Result<OwnedProcess> run(std::vector<std::string> words, std::vector<std::string> environment) const
    {
        pid_t process = -1;
        const int failed = ::posix_spawnp(&process, words.front().c_str(), &m_actions, &m_attributes,
            pointersTo(words).data(), pointersTo(environment).data());
        if (failed != 0)
            return fail(systemError(failed, "run", words.front()));
        return OwnedProcess{process};
    }

private:
    /// As exec(3) wants it: a null pointer ends the list.
    static std::vector<char*> pointersTo(std::vector<std::string>& texts)
    {
        std::vector<char*> pointers;
        for (std::string& text : texts)
            pointers.push_back(text.data());
        pointers.push_back(nullptr);
        return pointers;
    }

    posix_spawn_file_actions_t m_actions{};
    posix_spawnattr_t m_attributes{};
};

/// Of this process, with `others` instead of variables of the same name.
std::vector<std::string> environmentWith(const std::map<std::string, std::string>& others)
{
    std::vector<std::string> all;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text{*variable};
        if (!others.contains(std::string{text.substr(0, text.find('='))}))
            all.emplace_back(text);
    }
    for (const auto& [name, value] : others)
        all.push_back(std::string{name}.append("=").append(value));
    return all;
}

/// Whether `either` is readable when `descriptor` is, from now until that is closed.
bool watch(const UniqueFd& either, const UniqueFd& descriptor)
{
    epoll_event event{};
    event.events = EPOLLIN;
    return ::epoll_ctl(either.get(), EPOLL_CTL_ADD, descriptor.get(), &event) == 0;
}

bool isReadableWithin(const UniqueFd& descriptor, std::chrono::milliseconds longest)
{
    const auto end = std::chrono::steady_clock::now() + longest;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd one{.fd = descriptor.get(), .events = POLLIN, .revents = 0};
        const int ready = ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

/// Bytes that are there, at most as many as fit; none when it would wait, and nothing at the end.
std::optional<std::string> readNow(int descriptor)
{
    std::array<char, kReadSize> block{};
    for (;;) {
        const ssize_t count = ::read(descriptor, block.data(), block.size());
        if (count > 0)
            return std::string{block.data(), static_cast<std::size_t>(count)};
        if (count < 0 && errno == EAGAIN)
            return std::string{};
        if (count == 0 || errno != EINTR)
            return std::nullopt;
    }
}

/// From its first visible character to its last.
std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlank);
    return begin == std::string_view::npos ? std::string_view{}
                                           : text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

} // namespace

std::string OwnedProcess::end(std::chrono::milliseconds longest)
{
    if (m_leader < 0)
        return {};
    const UniqueFd gone = endSignal();
    const pid_t leader = std::exchange(m_leader, -1);
    ::kill(-leader, SIGKILL); // what has ended before stays as it ended
    if (gone.isOpen() && !isReadableWithin(gone, longest))
        return "it does not end";
    int status = 0;
    while (::waitpid(leader, &status, 0) < 0) {
        if (errno != EINTR)
            return {};
    }
    return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                               : "exit status " + std::to_string(WEXITSTATUS(status));
}

bool OwnedProcess::hasEnded() const
{
    if (m_leader < 0)
        return true;
    siginfo_t state{};
    return ::waitid(P_PID, static_cast<id_t>(m_leader), &state, WEXITED | WNOHANG | WNOWAIT) == 0
        && state.si_pid == m_leader;
}

UniqueFd OwnedProcess::endSignal() const { return UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, m_leader, 0))}; }

ChildProgram::ChildProgram(std::string name, WakeUp wakeUp)
    : m_name(std::move(name))
    , m_wakeUp(std::move(wakeUp))
{
}

Result<ChildProgram> ChildProgram::start(const Command& command)
{
    auto wakeUp = WakeUp::make();
    if (!wakeUp)
        return fail(std::move(wakeUp).error());
    ChildProgram program{command.words.front(), std::move(*wakeUp)};
    if (auto opened = program.open(command); !opened)
        return fail(std::move(opened).error());
    return program;
}

Result<> ChildProgram::open(const Command& command)
{
    std::array<int, 2> channel{-1, -1};
    std::array<int, 2> complaints{-1, -1};
    const bool isOpen = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel.data()) == 0
        && ::pipe2(complaints.data(), O_CLOEXEC) == 0;
    const int failed = errno;
    m_channel = UniqueFd{channel[0]};
    m_complaints = UniqueFd{complaints[0]};
    const UniqueFd theirChannel{channel[1]}; // closed at the end: else the program's end would not be seen
    const UniqueFd theirComplaints{complaints[1]};
    if (!isOpen)
        return fail(systemError(failed, "make a channel to", m_name));
    m_either = UniqueFd{::epoll_create1(EPOLL_CLOEXEC)};
    const bool isReady = watch(m_either, m_channel) && watch(m_either, m_complaints)
        && ::fcntl(m_channel.get(), F_SETFL, O_NONBLOCK) == 0 && ::fcntl(m_complaints.get(), F_SETFL, O_NONBLOCK) == 0;
    if (!isReady)
        return fail(systemError(errno, "listen to", m_name));
    auto process =
        SpawnPlan{theirChannel.get(), theirComplaints.get()}.run(command.words, environmentWith(command.environment));
    if (!process)
        return fail(std::move(process).error());
    m_process = std::move(*process);
    // Its children may keep its output open. Where the system has no such descriptor, the end of the output has to do.
    m_end = m_process.endSignal();
    if (m_end.isOpen() && !watch(m_either, m_end))
        return fail(systemError(errno, "listen to", m_name));
    return {};
}

Result<> ChildProgram::writeLine(std::string_view line)
{
    if (line.size() > kLongestLine || line.find('\n') != std::string_view::npos)
        return fail(ErrorCode::InvalidValue, "'" + m_name + "' can be sent one line of at most 64 KiB at a time");
    const std::string whole = std::string{line}.append("\n");
    const ssize_t sent = ::send(m_channel.get(), whole.data(), whole.size(), MSG_NOSIGNAL);
    if (sent >= 0 && static_cast<std::size_t>(sent) == whole.size())
        return {};
    if (sent >= 0 || errno == EAGAIN)
        return fail(ErrorCode::IoError, "'" + m_name + "' does not read what it is sent");
    hearComplaints();
    return fail(ended());
}

Result<std::string> ChildProgram::readLine(const Patience& patience)
{
    const auto end = std::chrono::steady_clock::now() + patience.longest;
    const std::stop_callback wake{patience.stop, [this] { m_wakeUp.wake(); }};
    for (;;) {
        const std::size_t size = std::min(m_heard.find('\n'), m_heard.size());
        if (size > kLongestLine)
            return fail(ErrorCode::IoError, "'" + m_name + "' prints a line that is longer than 64 KiB");
        if (size < m_heard.size()) {
            std::string line = m_heard.substr(0, size);
            m_heard.erase(0, size + 1);
            return line;
        }
        if (patience.stop.stop_requested())
            return fail(ErrorCode::Cancelled, "nobody waits for '" + m_name + "' any more");
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left <= std::chrono::milliseconds{0})
            return fail(ErrorCode::NotAnswering,
                "'" + m_name + "' has not answered within " + std::to_string(patience.longest.count()) + " ms");
        m_wakeUp.wait({.descriptor = m_either.get()}, left);
        if (auto heard = hear(); !heard)
            return fail(std::move(heard).error());
    }
}

/// What has been written, of both. Errors: IoError at the end of standard output, and of the program.
Result<> ChildProgram::hear()
{
    hearComplaints();
    const bool hasEnded = m_process.hasEnded(); // asked first: what it wrote before is there then
    const auto more = readNow(m_channel.get());
    if (!more || (more->empty() && hasEnded))
        return fail(ended());
    m_heard += *more;
    return {};
}

void ChildProgram::hearComplaints()
{
    for (int i = 0; i < kMostReads && m_complaints.isOpen(); ++i) {
        const auto more = readNow(m_complaints.get());
        if (!more)
            m_complaints = UniqueFd{}; // closed: else nobody would wait any more
        if (!more || more->empty())
            return;
        m_complained += *more;
        if (m_complained.size() > kKeptComplaints) {
            m_complained.erase(0, m_complained.size() - kKeptComplaints);
            m_isComplaintCut = true;
        }
    }
}

Error ChildProgram::ended()
{
    const std::string how = m_process.end();
    hearComplaints(); // its last words
    std::string detail = "'" + m_name + "' ended before it had answered";
    if (!how.empty())
        detail += " (" + how + ")";
    std::string_view words = m_complained;
    // Half a line says nothing, and half a path is not known as one.
    if (const auto end = words.find('\n'); m_isComplaintCut && end != std::string_view::npos)
        words.remove_prefix(end + 1);
    else if (m_isComplaintCut)
        words = {};
    if (const std::string_view complaint = trimmed(words); !complaint.empty())
        detail.append(": ").append(complaint);
    return {ErrorCode::IoError, std::move(detail)};
}

} // namespace weightroom::engine

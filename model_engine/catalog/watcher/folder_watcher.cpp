// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/folder_watcher.h"

#include "model_engine/core/thread_priority.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

/// What is waited for at most: poll(2) takes an int.
constexpr std::chrono::milliseconds kLongestWait{60'000};

WatchedRoot::Time steadyNow() { return std::chrono::steady_clock::now(); }

} // namespace

Result<std::unique_ptr<FolderWatcher>> FolderWatcher::start(LogSink& log, Changed changed, const WatchTiming& timing)
{
    UniqueFd wakeUp{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (!wakeUp.isOpen())
        return fail(systemError(errno, "make an event for", "watching folders"));
    return std::unique_ptr<FolderWatcher>{new FolderWatcher(log, std::move(changed), timing, std::move(wakeUp))};
}

FolderWatcher::FolderWatcher(LogSink& log, Changed changed, const WatchTiming& timing, UniqueFd wakeUp)
    : m_log(log)
    , m_changed(std::move(changed))
    , m_timing(timing)
    , m_wakeUp(std::move(wakeUp))
    , m_thread([this](const std::stop_token& stop) { run(stop); })
{
}

FolderWatcher::~FolderWatcher() { stop(); }

void FolderWatcher::stop()
{
    if (!m_thread.joinable())
        return;
    m_thread.request_stop();
    wake();
    m_thread.join();
    const std::lock_guard lock{m_mutex};
    m_states.clear();
}

void FolderWatcher::wake() const
{
    const std::uint64_t one = 1;
    if (::write(m_wakeUp.get(), &one, sizeof one) < 0)
        return; // the counter is full: it wakes all the same
}

void FolderWatcher::setRoots(std::vector<std::filesystem::path> roots)
{
    {
        const std::lock_guard lock{m_mutex};
        m_roots = std::move(roots);
    }
    wake();
}

WatchState FolderWatcher::stateOf(const std::filesystem::path& root) const
{
    const std::lock_guard lock{m_mutex};
    const auto state = m_states.find(root);
    return state == m_states.end() ? WatchState{} : state->second;
}

void FolderWatcher::run(const std::stop_token& stop)
try {
    while (!stop.stop_requested()) {
        runOnce(stop);
        if (!stop.stop_requested())
            wait();
    }
} catch (const std::exception& error) {
    {
        const std::lock_guard lock{m_mutex};
        m_states.clear(); // nobody may believe that it goes on
    }
    m_log.write(LogLevel::Error, std::string{"Folders are no longer watched: "} + error.what());
}

void FolderWatcher::runOnce(const std::stop_token& stop)
{
    std::uint64_t asked = 0;
    {
        const std::lock_guard lock{m_mutex};
        asked = m_asked;
    }
    takeRoots(stop);
    lookAtAll(stop);
    const std::lock_guard lock{m_mutex};
    m_answered = asked;
    m_caughtUp.notify_all();
}

bool FolderWatcher::catchUp(std::chrono::milliseconds limit)
{
    std::uint64_t asked = 0;
    {
        const std::lock_guard lock{m_mutex};
        asked = ++m_asked;
    }
    wake();
    std::unique_lock lock{m_mutex};
    return m_caughtUp.wait_for(lock, limit, [&] { return m_answered >= asked; });
}

void FolderWatcher::takeRoots(const std::stop_token& stop)
{
    std::vector<std::filesystem::path> wanted;
    {
        const std::lock_guard lock{m_mutex};
        wanted = m_roots;
        std::erase_if(m_states, [&](const auto& row) { return std::ranges::find(wanted, row.first) == wanted.end(); });
    }
    std::erase_if(m_watched, [&](const auto& root) { return std::ranges::find(wanted, root->path()) == wanted.end(); });
    for (const std::filesystem::path& path : wanted) {
        const bool isWatched = std::ranges::any_of(m_watched, [&](const auto& root) { return root->path() == path; });
        if (isWatched || stop.stop_requested())
            continue;
        auto root = std::make_unique<WatchedRoot>(path, m_timing);
        root->begin(steadyNow(), stop);
        publish(*root, News::Changed); // whatever was scanned before, nobody watched then
        m_watched.push_back(std::move(root));
    }
}

void FolderWatcher::lookAtAll(const std::stop_token& stop)
{
    for (const auto& root : m_watched) {
        if (stop.stop_requested())
            return;
        publish(*root, root->look(steadyNow(), stop) ? News::Changed : News::None);
        if (root->isDue(steadyNow()) && !stop.stop_requested())
            m_changed(root->path());
    }
}

void FolderWatcher::publish(const WatchedRoot& root, News news)
{
    bool isNewMethod = false;
    {
        const std::lock_guard lock{m_mutex};
        WatchState& state = m_states[root.path()];
        isNewMethod = state.method != root.method();
        state.method = root.method();
        if (news == News::Changed)
            state.changes = ++m_changes;
        state.arriving = root.arriving();
    }
    if (isNewMethod && root.method() == WatchMethod::Polling) {
        m_log.write(LogLevel::Warning,
            "'" + root.path().string()
                + "' is looked at now and then, because it cannot be watched: " + root.whyPolling());
    }
}

void FolderWatcher::wait() const
{
    std::vector<pollfd> sources{{.fd = m_wakeUp.get(), .events = POLLIN, .revents = 0}};
    std::chrono::milliseconds longest = kLongestWait;
    for (const auto& root : m_watched) {
        if (root->descriptor() >= 0)
            sources.push_back({.fd = root->descriptor(), .events = POLLIN, .revents = 0});
        if (const auto next = root->nextTime()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - steadyNow());
            longest = std::clamp(left, std::chrono::milliseconds{0}, longest);
        }
    }
    ::poll(sources.data(), sources.size(), static_cast<int>(longest.count()));
    std::uint64_t count = 0;
    while (::read(m_wakeUp.get(), &count, sizeof count) > 0) { }
}

} // namespace weightroom::engine

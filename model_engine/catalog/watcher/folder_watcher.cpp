// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/folder_watcher.h"

#include "model_engine/catalog/watcher/watch_tasks.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace weightroom::engine {
namespace {

WatchDesk::Time steadyNow() { return std::chrono::steady_clock::now(); }

std::string nameOf(const WatchTask& task)
{
    const std::string first = "'" + task.folders.front().string() + "'";
    return task.folders.size() == 1 ? first
                                    : first + " and " + std::to_string(task.folders.size() - 1) + " more folders that '"
            + task.root.string() + "' names";
}

} // namespace

Result<std::unique_ptr<FolderWatcher>> FolderWatcher::start(
    LogSink& log, Observer observer, const WatchTiming& timing, const WatchProbe& probe)
{
    auto news = WakeUp::make();
    if (!news)
        return fail(std::move(news).error());
    return std::unique_ptr<FolderWatcher>{
        new FolderWatcher(log, std::move(observer), timing, probe, std::make_shared<WatchOffice>(std::move(*news)))};
}

FolderWatcher::FolderWatcher(
    LogSink& log, Observer observer, const WatchTiming& timing, WatchProbe probe, std::shared_ptr<WatchOffice> office)
    : m_log(log)
    , m_observer(std::move(observer))
    , m_timing(timing)
    , m_probe(std::move(probe))
    , m_office(std::move(office))
    , m_thread([this](const std::stop_token& stop) { run(stop); })
{
}

FolderWatcher::~FolderWatcher() { stop(); }

void FolderWatcher::stop()
{
    if (!m_thread.joinable())
        return;
    m_thread.request_stop();
    m_office->news.wake();
    m_thread.join();
    farewell();
    const std::lock_guard lock{m_mutex};
    m_desks.clear();
}

/// Nobody else uses the workers any more.
void FolderWatcher::farewell()
{
    for (Post& post : m_posts) {
        if (post.worker)
            m_leaving.push_back(std::move(post.worker));
    }
    m_posts.clear();
    for (const auto& worker : m_leaving)
        worker->requestStop();
    const WatchDesk::Time until = steadyNow() + m_timing.farewell;
    for (const auto& worker : m_leaving) {
        if (!worker->desk()->waitForEnd(until))
            m_log.write(LogLevel::Warning,
                nameOf(worker->task()) + " still does not answer; the thread that asked is left behind.");
    }
    m_leaving.clear();
}

void FolderWatcher::setRoots(std::vector<WatchedRoot> roots)
{
    {
        const std::lock_guard lock{m_mutex};
        // What is watched otherwise from now on is not watched yet: no scan before that is fresh.
        for (const WatchedRoot& root : roots) {
            const auto desks = m_desks.find(root.root);
            if (desks != m_desks.end() && std::ranges::find(m_wanted, root) == m_wanted.end())
                desks->second.setAt = ++m_office->changes;
        }
        m_wanted = std::move(roots);
    }
    m_office->news.wake();
}

FolderWatcher::Desks FolderWatcher::desksOf(const std::filesystem::path& root) const
{
    const std::lock_guard lock{m_mutex};
    const auto desks = m_desks.find(root);
    return desks == m_desks.end() ? Desks{} : desks->second;
}

WatchState FolderWatcher::stateOf(const std::filesystem::path& root) const
{
    const WatchDesk::Time now = steadyNow();
    const Desks desks = desksOf(root);
    WatchState state{.condition = {}, .changes = desks.setAt};
    for (const auto& [task, desk] : desks.rows) {
        WatchCondition condition = desk ? desk->condition(now) : WatchCondition{};
        if (task.isOutside())
            state.outside.push_back({task.folders, std::move(condition)});
        else
            state.condition = std::move(condition);
        if (desk) {
            state.changes = std::max(state.changes, desk->changes());
            state.arriving.merge(desk->arriving());
        }
    }
    return state;
}

bool FolderWatcher::catchUp(const std::vector<std::filesystem::path>& roots, std::chrono::milliseconds limit)
{
    const WatchDesk::Time begin = steadyNow();
    std::vector<std::pair<std::shared_ptr<WatchDesk>, std::uint64_t>> looks;
    for (const std::filesystem::path& root : roots) {
        const Desks desks = desksOf(root);
        for (const auto& [task, desk] : desks.rows) {
            if (!desk || desk->condition(begin).watching == Watching::NotAnswering)
                return false;
            looks.emplace_back(desk, desk->askForLook());
        }
    }
    return std::ranges::all_of(
        looks, [&](const auto& look) { return look.first->waitForLook(look.second, begin + limit); });
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
        m_desks.clear(); // nobody may believe that it goes on
    }
    m_log.write(LogLevel::Error, std::string{"Folders are no longer watched: "} + error.what());
}

void FolderWatcher::runOnce(const std::stop_token& stop)
{
    std::erase_if(m_leaving, [](const auto& worker) { return worker->desk()->hasEnded(); });
    if (takeTasks() && m_observer.stateChanged)
        m_observer.stateChanged();
    for (Post& post : m_posts) {
        if (!stop.stop_requested())
            tellNews(post);
    }
}

/// True when others are watched than before.
bool FolderWatcher::takeTasks()
{
    std::vector<WatchedRoot> roots;
    {
        const std::lock_guard lock{m_mutex};
        roots = m_wanted;
    }
    if (roots != m_taken) {
        const std::vector<WatchTask> wanted = watchTasksFor(roots, MountTable::ofThisProcess());
        m_taken = std::move(roots);
        dismissOthers(wanted);
        for (const WatchTask& task : wanted) {
            if (std::ranges::find(m_posts, task, &Post::task) == m_posts.end())
                m_posts.push_back({task, nullptr, {}});
        }
    }
    for (Post& post : m_posts) {
        if (!post.worker)
            occupy(post);
    }
    return showDesks();
}

void FolderWatcher::dismissOthers(const std::vector<WatchTask>& wanted)
{
    for (Post& post : m_posts) {
        if (!post.worker || std::ranges::find(wanted, post.task) != wanted.end())
            continue;
        post.worker->requestStop();
        m_leaving.push_back(std::move(post.worker));
    }
    std::erase_if(m_posts, [&](const Post& post) { return std::ranges::find(wanted, post.task) == wanted.end(); });
}

/// Who hangs at the same folders is not joined by another one: they are asked again when they have answered.
void FolderWatcher::occupy(Post& post)
{
    const bool isHanging =
        std::ranges::any_of(m_leaving, [&](const auto& worker) { return worker->task() == post.task; });
    if (isHanging)
        return;
    auto worker = WatchWorker::start(m_office, post.task, m_timing, m_probe);
    if (worker) {
        post.worker = std::move(*worker);
        return;
    }
    const WatchCondition failed{.watching = Watching::None, .detail = worker.error().detail};
    if (std::exchange(post.told, failed) != failed)
        m_log.write(LogLevel::Warning, nameOf(post.task) + " cannot be watched: " + describe(worker.error()));
}

bool FolderWatcher::showDesks()
{
    std::map<std::filesystem::path, Desks> desks;
    for (const Post& post : m_posts) {
        std::shared_ptr<WatchDesk> desk = post.worker ? post.worker->desk() : nullptr;
        for (const auto& worker : m_leaving) {
            if (!desk && worker->task() == post.task)
                desk = worker->desk();
        }
        desks[post.task.root].rows.emplace_back(post.task, std::move(desk));
    }
    const std::lock_guard lock{m_mutex};
    bool isSame = desks.size() == m_desks.size();
    for (auto& [root, now] : desks) {
        // The first look of a worker counts as a change, and setRoots() has counted what is no longer watched.
        const auto before = m_desks.find(root);
        now.setAt = before != m_desks.end() ? before->second.setAt : ++m_office->changes;
        isSame = isSame && before != m_desks.end() && before->second.rows == now.rows;
    }
    m_desks = std::move(desks);
    return !isSame;
}

void FolderWatcher::tellNews(Post& post)
{
    if (!post.worker)
        return;
    WatchDesk& desk = *post.worker->desk();
    if (desk.hasEnded()) { // by itself: it is begun anew
        m_log.write(LogLevel::Error, nameOf(post.task) + " is no longer watched: " + desk.reasonOfEnd());
        m_leaving.push_back(std::move(post.worker));
        return;
    }
    WatchCondition condition = desk.condition(steadyNow());
    if (condition != post.told) {
        post.told = std::move(condition);
        logCondition(post);
        if (m_observer.stateChanged)
            m_observer.stateChanged();
    }
    if (desk.takeDue())
        m_observer.changed(post.task.root);
}

void FolderWatcher::logCondition(const Post& post) const
{
    switch (post.told.watching) {
    case Watching::None:
    case Watching::Inotify:
        return;
    case Watching::NotAnswering:
        return m_log.write(
            LogLevel::Warning, nameOf(post.task) + " does not answer; it is not asked again until it does.");
    case Watching::Polling:
    case Watching::Missing:
    case Watching::Unreadable:
        return m_log.write(LogLevel::Warning,
            nameOf(post.task) + " is looked at now and then, because it cannot be watched: " + post.told.detail);
    }
}

void FolderWatcher::wait() const
{
    // A worker that begins to ask tells nobody: so long may pass until its silence is noticed.
    std::chrono::milliseconds longest = m_timing.answer;
    for (const Post& post : m_posts) {
        if (!post.worker)
            longest = std::min(longest, m_timing.poll);
        else if (const auto due = post.worker->desk()->answerIsDue(); due && *due > steadyNow())
            longest = std::min(longest, std::chrono::ceil<std::chrono::milliseconds>(*due - steadyNow()));
    }
    m_office->news.wait({}, longest);
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/watch_worker.h"

#include "model_engine/catalog/watcher/watched_folders.h"

#include <exception>
#include <system_error>
#include <utility>

namespace weightroom::engine {
namespace {

/// Without news and without a time it sleeps this long, and then again.
constexpr std::chrono::milliseconds kLongestSleep{60'000};

WatchDesk::Time steadyNow() { return std::chrono::steady_clock::now(); }

/// The work of the thread: all that it uses, by value or shared.
class Watch {
public:
    Watch(std::shared_ptr<WatchDesk> desk, std::vector<std::filesystem::path> folders, const WatchTiming& timing,
        WatchProbe probe)
        : m_desk(std::move(desk))
        , m_folders(std::move(folders), timing, std::move(probe), [desk = m_desk] { desk->giveSign(); })
    {
    }

    void run(const std::stop_token& stop)
    {
        // Whatever was scanned before, nobody watched then.
        look(stop, [&] {
            m_folders.begin(steadyNow(), stop);
            return true;
        });
        while (!stop.stop_requested()) {
            wait();
            if (!stop.stop_requested())
                look(stop, [&] { return m_folders.look(steadyNow(), stop); });
        }
    }

private:
    template <class Ask>
    void look(const std::stop_token& stop, const Ask& ask)
    {
        const std::uint64_t number = m_desk->beginLook();
        const bool hasChanged = ask();
        if (stop.stop_requested())
            return;
        m_desk->endLook(number,
            {.condition = m_folders.condition(),
                .arriving = m_folders.arriving(),
                .news = hasChanged ? WatchDesk::News::Changed : WatchDesk::News::None,
                .isDue = m_folders.isDue(steadyNow())});
    }

    void wait() const
    {
        const auto next = m_folders.nextTime();
        m_desk->wakeUp().wait({.descriptor = m_folders.descriptor()},
            next ? std::chrono::ceil<std::chrono::milliseconds>(*next - steadyNow()) : kLongestSleep);
    }

    std::shared_ptr<WatchDesk> m_desk;
    WatchedFolders m_folders;
};

void runWatch(const std::stop_token& stop, const std::shared_ptr<WatchDesk>& desk,
    std::vector<std::filesystem::path> folders, const WatchTiming& timing, WatchProbe probe)
{
    std::string reason;
    try {
        Watch{desk, std::move(folders), timing, std::move(probe)}.run(stop);
    } catch (const std::exception& error) {
        reason = error.what();
    }
    desk->noteEnd(std::move(reason));
}

} // namespace

Result<std::unique_ptr<WatchWorker>> WatchWorker::start(
    const std::shared_ptr<WatchOffice>& office, WatchTask task, const WatchTiming& timing, const WatchProbe& probe)
try {
    auto wakeUp = WakeUp::make();
    if (!wakeUp)
        return fail(std::move(wakeUp).error());
    auto desk = std::make_shared<WatchDesk>(office, std::move(*wakeUp), timing.answer);
    std::unique_ptr<WatchWorker> worker{new WatchWorker{std::move(task), std::move(desk)}};
    worker->m_thread = std::jthread{runWatch, worker->m_desk, worker->m_task.folders, timing, probe};
    return worker;
} catch (const std::system_error& error) {
    return fail(ErrorCode::IoError, std::string{"could not start a thread that watches: "} + error.what());
}

WatchWorker::~WatchWorker()
{
    if (!m_thread.joinable())
        return;
    requestStop();
    if (m_desk->hasEnded())
        m_thread.join();
    else
        m_thread.detach();
}

void WatchWorker::requestStop()
{
    m_thread.request_stop();
    m_desk->wakeUp().wake();
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/watch_desk.h"

#include <utility>

namespace weightroom::engine {
namespace {

WatchDesk::Time steadyNow() { return std::chrono::steady_clock::now(); }

} // namespace

std::uint64_t WatchDesk::beginLook()
{
    const std::lock_guard lock{m_mutex};
    m_silentSince = steadyNow();
    return m_asked;
}

/// With the lock held.
bool WatchDesk::isSilent(Time now) const { return m_silentSince && now - *m_silentSince >= m_answer; }

void WatchDesk::giveSign()
{
    bool wasSilent = false;
    {
        const std::lock_guard lock{m_mutex};
        const Time now = steadyNow();
        wasSilent = isSilent(now);
        m_silentSince = now;
    }
    if (wasSilent)
        m_office->news.wake();
}

void WatchDesk::endLook(std::uint64_t number, Report report)
{
    bool isNews = report.isDue;
    {
        const std::lock_guard lock{m_mutex};
        isNews = isNews || isSilent(steadyNow()) || report.condition != m_last.condition;
        if (report.news == News::Changed)
            m_changes = ++m_office->changes;
        m_isDue = m_isDue || report.isDue;
        m_last = std::move(report);
        m_answered = number;
        m_silentSince.reset();
        m_changed.notify_all();
    }
    if (isNews)
        m_office->news.wake();
}

void WatchDesk::noteEnd(std::string reason)
{
    {
        const std::lock_guard lock{m_mutex};
        m_last = {};
        m_silentSince.reset();
        m_reasonOfEnd = std::move(reason);
        m_hasEnded = true;
        m_changed.notify_all();
    }
    m_office->news.wake();
}

WatchCondition WatchDesk::condition(Time now) const
{
    const std::lock_guard lock{m_mutex};
    if (!isSilent(now))
        return m_last.condition;
    return {.watching = Watching::NotAnswering,
        .reason = PollingReason::None,
        .detail = "its file system has been asked and does not answer"};
}

std::uint64_t WatchDesk::changes() const
{
    const std::lock_guard lock{m_mutex};
    return m_changes;
}

std::set<std::filesystem::path> WatchDesk::arriving() const
{
    const std::lock_guard lock{m_mutex};
    return m_last.arriving;
}

bool WatchDesk::takeDue()
{
    const std::lock_guard lock{m_mutex};
    return std::exchange(m_isDue, false);
}

std::optional<WatchDesk::Time> WatchDesk::answerIsDue() const
{
    const std::lock_guard lock{m_mutex};
    return m_silentSince ? std::optional{*m_silentSince + m_answer} : std::nullopt;
}

bool WatchDesk::hasEnded() const
{
    const std::lock_guard lock{m_mutex};
    return m_hasEnded;
}

std::string WatchDesk::reasonOfEnd() const
{
    const std::lock_guard lock{m_mutex};
    return m_reasonOfEnd;
}

bool WatchDesk::waitForEnd(Time until)
{
    std::unique_lock lock{m_mutex};
    return m_changed.wait_until(lock, until, [this] { return m_hasEnded; });
}

std::uint64_t WatchDesk::askForLook()
{
    std::uint64_t number = 0;
    {
        const std::lock_guard lock{m_mutex};
        number = ++m_asked;
    }
    m_wakeUp.wake();
    return number;
}

bool WatchDesk::waitForLook(std::uint64_t number, Time until)
{
    std::unique_lock lock{m_mutex};
    return m_changed.wait_until(lock, until, [&] { return m_answered >= number || m_hasEnded; }) && !m_hasEnded;
}

} // namespace weightroom::engine

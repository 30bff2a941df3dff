// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/watched_root.h"

#include "model_engine/catalog/watcher/tree_fingerprint.h"
#include "model_engine/core/file_system.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {

std::string_view toText(WatchMethod method)
{
    static constexpr std::array<std::string_view, 3> kNames{"none", "inotify", "polling"};
    return kNames[static_cast<std::size_t>(method)];
}

void WatchedRoot::begin(Time now, const std::stop_token& stop)
{
    m_tree.reset();
    m_whyPolling.clear();
    const FileSystemKind kind = fileSystemKindOf(m_path);
    if (kind == FileSystemKind::Local) {
        auto tree = TreeWatch::begin(m_path);
        if (tree)
            m_tree = std::move(*tree);
        else
            m_whyPolling = tree.error().detail;
    } else {
        m_whyPolling = "its file system is of the kind '" + std::string{toText(kind)} + "'";
    }
    if (!m_tree) {
        m_fingerprint = fingerprintOf(m_path, stop);
        m_nextPoll = now + m_timing.poll;
    }
}

bool WatchedRoot::look(Time now, const std::stop_token& stop)
{
    if (m_tree) {
        const TreeNews news = m_tree->read();
        if (news == TreeNews::Lost)
            begin(now, stop);
        if (news == TreeNews::None)
            return false;
        note(now);
        return true;
    }
    if (now < m_nextPoll)
        return false;
    const std::uint64_t before = m_fingerprint;
    // A folder that has come, or a limit that was raised, is watched from here on.
    begin(now, stop);
    const bool isSame = !m_tree && m_fingerprint == before;
    if (isSame || stop.stop_requested())
        return false;
    note(now);
    return true;
}

void WatchedRoot::note(Time now)
{
    if (!m_firstChange)
        m_firstChange = now;
    m_lastChange = now;
}

WatchedRoot::Time WatchedRoot::dueTime() const
{
    return std::min(m_lastChange + m_timing.quiet, *m_firstChange + m_timing.longest);
}

bool WatchedRoot::isDue(Time now)
{
    if (!m_firstChange || now < dueTime())
        return false;
    m_firstChange.reset();
    return true;
}

std::set<std::filesystem::path> WatchedRoot::arriving() const
{
    return m_tree ? m_tree->arriving() : std::set<std::filesystem::path>{};
}

std::optional<WatchedRoot::Time> WatchedRoot::nextTime() const
{
    std::optional<Time> next;
    if (m_firstChange)
        next = dueTime();
    if (!m_tree)
        next = next ? std::min(*next, m_nextPoll) : m_nextPoll;
    return next;
}

} // namespace weightroom::engine

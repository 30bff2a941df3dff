// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/watched_folders.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

PollingReason reasonFor(FileSystemKind kind)
{
    switch (kind) {
    case FileSystemKind::Local:
        return PollingReason::None;
    case FileSystemKind::Network:
        return PollingReason::NetworkFileSystem;
    case FileSystemKind::UserSpace:
        return PollingReason::UserSpaceFileSystem;
    case FileSystemKind::Unknown:
        break;
    }
    return PollingReason::UnknownFileSystem;
}

Watching watchingAfter(const Error& error)
{
    return error.code == ErrorCode::NotFound ? Watching::Missing : Watching::Unreadable;
}

} // namespace

void WatchedFolders::begin(Time now, const std::stop_token& stop)
{
    m_tree.reset();
    m_condition = beginWatch();
    if (m_condition.watching != Watching::Inotify && !stop.stop_requested())
        beginPolling(now, stop);
}

/// Inotify, or why it must be polling.
WatchCondition WatchedFolders::beginWatch()
{
    for (const std::filesystem::path& folder : m_folders) {
        const FileSystemKind kind = m_probe.kindOf(folder);
        m_sign();
        if (kind != FileSystemKind::Local)
            return {.watching = Watching::Polling,
                .reason = reasonFor(kind),
                .detail =
                    "the file system of '" + folder.string() + "' is of the kind '" + std::string{toText(kind)} + "'"};
    }
    auto tree = m_probe.watch(m_folders, m_sign);
    if (!tree)
        return conditionFor(tree.error());
    m_tree = std::move(*tree);
    return {.watching = Watching::Inotify};
}

void WatchedFolders::beginPolling(Time now, const std::stop_token& stop)
{
    const auto fingerprint = m_probe.fingerprint(m_folders, m_sign, stop);
    m_fingerprint = fingerprint.value_or(0);
    if (!fingerprint) {
        m_condition = {.watching = watchingAfter(fingerprint.error()),
            .reason = PollingReason::None,
            .detail = fingerprint.error().detail};
    }
    m_condition.pollInterval = m_timing.poll;
    m_nextPoll = now + m_timing.poll;
}

bool WatchedFolders::look(Time now, const std::stop_token& stop)
{
    if (m_tree) {
        const TreeNews news = m_tree->read();
        if (news == TreeNews::Lost)
            begin(now, stop);
        if (news >= TreeNews::Changed)
            note(now);
        return news != TreeNews::None;
    }
    if (now < m_nextPoll)
        return false;
    const std::uint64_t before = m_fingerprint;
    const Watching wasWatching = m_condition.watching;
    // A folder that has come, or a limit that was raised, is watched from here on.
    begin(now, stop);
    const bool isSame = m_condition.watching == wasWatching && m_fingerprint == before;
    if (isSame || stop.stop_requested())
        return false;
    note(now);
    return true;
}

void WatchedFolders::note(Time now)
{
    if (!m_firstChange)
        m_firstChange = now;
    m_lastChange = now;
}

WatchedFolders::Time WatchedFolders::dueTime() const
{
    return std::min(m_lastChange + m_timing.quiet, *m_firstChange + m_timing.longest);
}

bool WatchedFolders::isDue(Time now)
{
    if (!m_firstChange || now < dueTime())
        return false;
    m_firstChange.reset();
    return true;
}

std::set<std::filesystem::path> WatchedFolders::arriving() const
{
    return m_tree ? m_tree->arriving() : std::set<std::filesystem::path>{};
}

std::optional<WatchedFolders::Time> WatchedFolders::nextTime() const
{
    std::optional<Time> next;
    if (m_firstChange)
        next = dueTime();
    if (!m_tree)
        next = next ? std::min(*next, m_nextPoll) : m_nextPoll;
    return next;
}

} // namespace weightroom::engine

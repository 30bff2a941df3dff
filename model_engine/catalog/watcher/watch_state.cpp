// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/watch_state.h"

#include "model_engine/core/files/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sys/eventfd.h>
#include <sys/resource.h>

namespace weightroom::engine {
namespace {

constexpr std::array<std::string_view, 6> kWatchingNames{
    "none", "inotify", "polling", "not-answering", "missing", "unreadable"};
constexpr std::array<std::string_view, 6> kReasonNames{
    "none", "network-file-system", "user-space-file-system", "unknown-file-system", "inotify-limit", "other"};

/// Of "fs.inotify.max_user_watches" what stands in /proc/sys/fs/inotify/max_user_watches.
std::optional<std::uint64_t> systemControl(std::string name)
{
    std::ranges::replace(name, '.', '/');
    std::uint64_t value = 0;
    std::ifstream file{"/proc/sys/" + name};
    return file >> value ? std::optional{value} : std::nullopt;
}

std::optional<std::uint64_t> openFileLimit()
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::optional<std::uint64_t>{limit.rlim_cur} : std::nullopt;
}

/// EMFILE has two reasons. When another descriptor can be had, it is not the limit of the process.
bool hasFreeDescriptor()
{
    const UniqueFd probe{::eventfd(0, EFD_CLOEXEC)};
    return probe.isOpen();
}

void setLimit(WatchCondition& condition, std::string name)
{
    condition.reason = PollingReason::InotifyLimit;
    condition.limit = systemControl(name);
    condition.limitName = std::move(name);
}

} // namespace

std::string_view toText(Watching watching) { return kWatchingNames[static_cast<std::size_t>(watching)]; }

std::string_view toText(PollingReason reason) { return kReasonNames[static_cast<std::size_t>(reason)]; }

bool noticesChanges(Watching watching) { return watching != Watching::None && watching != Watching::NotAnswering; }

bool WatchState::noticesChanges() const
{
    return engine::noticesChanges(condition.watching) && std::ranges::all_of(outside, [](const OutsideWatch& watch) {
        return engine::noticesChanges(watch.condition.watching);
    });
}

WatchCondition conditionFor(const Error& inotifyError)
{
    WatchCondition condition{
        .watching = Watching::Polling, .reason = PollingReason::Other, .detail = inotifyError.detail};
    const std::int64_t number = inotifyError.context.systemCode.value_or(0);
    if (number == ENOSPC) {
        setLimit(condition, "fs.inotify.max_user_watches");
    } else if (number == EMFILE && hasFreeDescriptor()) {
        setLimit(condition, "fs.inotify.max_user_instances");
    } else if (number == EMFILE) {
        condition.reason = PollingReason::InotifyLimit;
        condition.limitName = "RLIMIT_NOFILE";
        condition.limit = openFileLimit();
    }
    return condition;
}

} // namespace weightroom::engine

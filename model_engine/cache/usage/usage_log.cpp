// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/usage_log.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::array<std::pair<UseKind, std::string_view>, 3> kKinds{{
    {UseKind::Hit, "hit"},
    {UseKind::Miss, "miss"},
    {UseKind::Prefetch, "prefetch"},
}};

void count(ComponentUsage& usage, const UsageEvent& event)
{
    usage.size = event.size;
    if (event.kind != UseKind::Hit) {
        ++usage.reads;
        usage.timesOfReading += event.loadCost;
    }
    if (event.kind == UseKind::Prefetch)
        return;
    if (usage.uses() == 0)
        usage.firstUsedAt = event.at;
    usage.lastUsedAt = event.at;
    ++(event.kind == UseKind::Hit ? usage.hits : usage.misses);
}

bool isOfSameLoad(const ModelUse& use, const UsageEvent& event)
{
    return use.model == event.key.model && use.at == event.at && use.runStartedAt == event.runStartedAt;
}

} // namespace

std::string_view toText(UseKind kind)
{
    const auto* row = std::ranges::find(kKinds, kind, &std::pair<UseKind, std::string_view>::first);
    return row == kKinds.end() ? "none" : row->second;
}

std::optional<UseKind> useKindFromText(std::string_view text)
{
    const auto* row = std::ranges::find(kKinds, text, &std::pair<UseKind, std::string_view>::second);
    return row == kKinds.end() ? std::nullopt : std::optional{row->first};
}

std::optional<std::chrono::duration<double>> ComponentUsage::meanInterval() const
{
    if (uses() < 2 || lastUsedAt < firstUsedAt)
        return std::nullopt;
    return std::chrono::duration<double>{lastUsedAt - firstUsedAt} / static_cast<double>(uses() - 1);
}

std::optional<std::chrono::duration<double>> ComponentUsage::meanLoadCost() const
{
    return reads == 0 ? std::nullopt : std::optional{timesOfReading / static_cast<double>(reads)};
}

void UsageLog::add(UsageEvent event)
{
    m_events.push_back(std::move(event));
    ++m_added;
    if (m_events.size() > kMostEvents)
        m_events.pop_front();
}

void UsageLog::restore(std::span<const UsageEvent> earlier)
{
    const std::size_t room = kMostEvents - m_events.size();
    const auto fitting = earlier.last(std::min(earlier.size(), room));
    m_events.insert(m_events.begin(), fitting.begin(), fitting.end());
}

std::size_t UsageLog::unkeptCount() const
{
    return static_cast<std::size_t>(std::min<std::uint64_t>(m_added - m_kept, m_events.size()));
}

UsageLog::Unkept UsageLog::unkept() const
{
    const auto count = static_cast<std::ptrdiff_t>(unkeptCount());
    return {{m_events.end() - count, m_events.end()}, m_added};
}

void UsageLog::setKept(std::uint64_t mark) { m_kept = std::max(m_kept, mark); }

UsageByComponent usageByComponent(const UsageLog::Events& events, Clock::Wall since)
{
    UsageByComponent usage;
    for (const UsageEvent& event : events) {
        if (event.at >= since)
            count(usage[event.key], event);
    }
    return usage;
}

std::vector<ModelUse> modelUses(const UsageLog::Events& events)
{
    std::vector<ModelUse> uses;
    for (const UsageEvent& event : events) {
        if (event.kind == UseKind::Prefetch)
            continue;
        if (uses.empty() || !isOfSameLoad(uses.back(), event))
            uses.push_back({event.key.model, {}, event.at, event.runStartedAt});
        uses.back().components.push_back(event.key.component);
    }
    return uses;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/metrics/memory_metrics.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace weightroom::engine {
namespace {

/// Owners of which the engine knows that they have nothing: itself.
constexpr std::array kOwn{
    LedgerOwner::Component, LedgerOwner::Shared, LedgerOwner::Loading, LedgerOwner::Overhead, LedgerOwner::Ready};

/// What is not known has no line.
bool isKnown(const LedgerEntry& entry, const MemoryLedger& ledger)
{
    if (entry.owner == LedgerOwner::Process)
        return entry.reported.has_value();
    return ledger.areOthersKnown || (entry.owner != LedgerOwner::Unattributed && entry.owner != LedgerOwner::Free);
}

/// A line for each of the largest entries of an owner, and one for what is beyond. Those that look the same (names that
/// are no UTF-8) come to one.
template <class LabelsOf>
void addLargest(
    MetricsWriter& out, const MemoryLedger& ledger, LedgerOwner owner, LabelsOf labelsOf, std::string_view otherLabels)
{
    std::vector<const LedgerEntry*> entries;
    for (const LedgerEntry& entry : ledger.entries) {
        if (entry.owner == owner && isKnown(entry, ledger))
            entries.push_back(&entry);
    }
    if (entries.size() > kMostMemoryLines)
        std::ranges::stable_sort(entries, std::greater{}, &LedgerEntry::size);
    std::map<std::string, Bytes> lines;
    Bytes rest;
    for (std::size_t i = 0; i < entries.size(); ++i)
        (i < kMostMemoryLines ? lines[labelsOf(*entries[i])] : rest) += entries[i]->size;
    for (const auto& [labels, size] : lines)
        out.add(labels, size);
    if (entries.size() > kMostMemoryLines)
        out.add(otherLabels, rest);
}

} // namespace

void addMemoryByOwner(MetricsWriter& out, const DeviceId& device, const MemoryLedger& ledger)
{
    std::set<LedgerOwner> owners{kOwn.begin(), kOwn.end()};
    for (const LedgerEntry& entry : ledger.entries) {
        if (isKnown(entry, ledger))
            owners.insert(entry.owner);
    }
    for (const LedgerOwner owner : owners)
        out.add(metricLabels({{"device", device.text}, {"owner", toText(owner)}}), ledger.sizeOf(owner));
}

void addMemoryByComponent(MetricsWriter& out, const WatchedDevice& device, const MonitorSnapshot& snapshot)
{
    const std::string& id = device.description.id.text;
    const auto labelsOf = [&](const LedgerEntry& entry) {
        const auto name = snapshot.modelNames.find(entry.model);
        return metricLabels({{"device", id}, {"model", entry.model.text},
            {"model_name", name == snapshot.modelNames.end() ? std::string_view{} : name->second},
            {"component", entry.component.text}});
    };
    addLargest(
        out, device.ledger, LedgerOwner::Component, labelsOf, metricLabels({{"device", id}, {"component", "other"}}));
}

void addMemoryByProcess(MetricsWriter& out, const WatchedDevice& device)
{
    const std::string& id = device.description.id.text;
    const auto labelsOf = [&](const LedgerEntry& entry) {
        const std::string number = std::to_string(entry.processId);
        return metricLabels({{"device", id}, {"pid", number}, {"process", entry.name}});
    };
    addLargest(
        out, device.ledger, LedgerOwner::Process, labelsOf, metricLabels({{"device", id}, {"process", "other"}}));
}

} // namespace weightroom::engine

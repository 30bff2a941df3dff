// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/memory_ledger.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::array<std::string_view, 11> kOwners{"none", "component", "shared", "loading", "overhead", "ready",
    "context", "process", "reserved", "unattributed", "free"};

Bytes less(Bytes whole, Bytes part) { return whole - std::min(whole, part); }

/// Gives out what there is, to one after the other.
class Remainder {
public:
    explicit Remainder(Bytes whole)
        : m_left(whole)
    {
    }
    /// As much as is left of what is wanted.
    [[nodiscard]] Bytes take(Bytes wanted)
    {
        const Bytes given = std::min(wanted, m_left);
        m_left = m_left - given;
        return given;
    }
    [[nodiscard]] Bytes left() const { return m_left; }

private:
    Bytes m_left;
};

class Writer {
public:
    explicit Writer(Bytes total) { m_ledger.total = total; }

    /// Where it is anything.
    void add(LedgerEntry entry)
    {
        if (entry.size > Bytes{})
            addAlways(std::move(entry));
    }
    void addAlways(LedgerEntry entry) { m_ledger.entries.push_back(std::move(entry)); }
    void addOwn(const OwnMemory& own)
    {
        for (const OwnMemory::Component& component : own.components)
            add({.owner = LedgerOwner::Component,
                .size = component.exclusive,
                .model = component.model,
                .component = component.component});
        add({.owner = LedgerOwner::Shared, .size = own.shared});
        for (const OwnMemory::Loading& loading : own.loading)
            add({.owner = LedgerOwner::Loading, .size = loading.size, .model = loading.model});
        add({.owner = LedgerOwner::Overhead, .size = own.overhead});
        add({.owner = LedgerOwner::Ready, .size = own.ready});
    }
    [[nodiscard]] MemoryLedger take() { return std::move(m_ledger); }

private:
    MemoryLedger m_ledger;
};

/// The largest first, and those of which nothing is known last.
std::vector<NamedProcess> othersBySize(const DriverView& driver)
{
    std::vector<NamedProcess> others = driver.processes;
    std::erase_if(others, [&](const NamedProcess& row) { return row.process.id == driver.ownProcess; });
    std::ranges::stable_sort(others, std::greater{}, [](const NamedProcess& row) { return row.process.memory; });
    return others;
}

/// What the driver says this process has beside the slabs that we know of.
Bytes contextOf(const DriverView& driver)
{
    const auto row = std::ranges::find(
        driver.processes, driver.ownProcess, [](const NamedProcess& process) { return process.process.id; });
    return row == driver.processes.end() ? Bytes{} : less(row->process.memory.value_or(Bytes{}), driver.heldThen);
}

/// A memory that nobody else is known to use.
MemoryLedger ownLedger(const OwnMemory& own, const DriverView& driver)
{
    const Bytes total = std::max(own.capacity, own.sum());
    Writer writer{total};
    writer.addOwn(own);
    writer.addAlways({.owner = LedgerOwner::Unattributed, .size = {}});
    writer.addAlways({.owner = LedgerOwner::Free, .size = less(total, own.sum())});
    MemoryLedger ledger = writer.take();
    ledger.areOthersKnown = !driver.isShared;
    return ledger;
}

} // namespace

std::string_view toText(LedgerOwner owner)
{
    const auto index = static_cast<std::size_t>(owner);
    return index < kOwners.size() ? kOwners[index] : kOwners.front();
}

Bytes MemoryLedger::sizeOf(LedgerOwner owner) const
{
    return std::accumulate(entries.begin(), entries.end(), Bytes{},
        [owner](Bytes sum, const LedgerEntry& entry) { return entry.owner == owner ? sum + entry.size : sum; });
}

Bytes OwnMemory::sum() const
{
    Bytes sum = shared + overhead + ready;
    for (const Component& component : components)
        sum += component.exclusive;
    for (const Loading& part : loading)
        sum += part.size;
    return sum;
}

MemoryLedger makeLedger(const OwnMemory& own, const DriverView& driver)
{
    if (!driver.total || !driver.free || *driver.total < own.sum())
        return ownLedger(own, driver);
    Writer writer{*driver.total};
    writer.addOwn(own);
    Remainder rest{*driver.total - own.sum()};
    const Bytes reserved = rest.take(driver.reserved.value_or(Bytes{}));
    const Bytes used = less(less(*driver.total, *driver.free), reserved);
    Remainder others{rest.take(less(used, driver.heldThen))};
    writer.add({.owner = LedgerOwner::Context, .size = others.take(contextOf(driver))});
    for (NamedProcess& row : othersBySize(driver)) {
        const Bytes counted = others.take(row.process.memory.value_or(Bytes{}));
        writer.addAlways({.owner = LedgerOwner::Process,
            .size = counted,
            .processId = row.process.id,
            .name = std::move(row.name),
            .reported = row.process.memory,
            .work = row.process.work});
    }
    writer.add({.owner = LedgerOwner::Reserved, .size = reserved});
    writer.addAlways({.owner = LedgerOwner::Unattributed, .size = others.left()});
    writer.addAlways({.owner = LedgerOwner::Free, .size = rest.left()});
    return writer.take();
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/sharing/lease_table.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {

std::string describe(const Consumer& consumer)
{
    return consumer.name + " (process " + std::to_string(consumer.client.processId) + ")";
}

const Consumer& LeaseTable::consumerOf(const Client& client, Clock::Wall now)
{
    const auto [row, isNew] = m_consumers.try_emplace(client.id);
    if (isNew)
        row->second = {.client = client, .name = client.name, .domains = {}, .since = now};
    return row->second;
}

const Consumer& LeaseTable::registerConsumer(
    const Client& client, const std::string& name, std::set<SharingDomain> domains, Clock::Wall now)
{
    (void)consumerOf(client, now);
    Consumer& consumer = m_consumers.at(client.id);
    if (!name.empty())
        consumer.name = name;
    consumer.domains = std::move(domains);
    return consumer;
}

const Consumer* LeaseTable::find(ClientId client) const
{
    const auto row = m_consumers.find(client);
    return row == m_consumers.end() ? nullptr : &row->second;
}

std::vector<Client> LeaseTable::consumersIn(SharingDomain domain) const
{
    std::vector<Client> clients;
    for (const auto& [id, consumer] : m_consumers) {
        if (consumer.domains.contains(domain))
            clients.push_back(consumer.client);
    }
    return clients;
}

void LeaseTable::add(LeasePtr lease)
{
    const LeaseId id = lease->grant().id;
    m_leases.insert_or_assign(id, std::move(lease));
}

LeasePtr LeaseTable::find(LeaseId id) const
{
    const auto row = m_leases.find(id);
    return row == m_leases.end() ? nullptr : row->second;
}

LeasePtr LeaseTable::remove(LeaseId id)
{
    const auto row = m_leases.extract(id);
    return row.empty() ? nullptr : std::move(row.mapped());
}

std::vector<LeasePtr> LeaseTable::removeClient(ClientId client)
{
    std::vector<LeasePtr> removed;
    std::erase_if(m_leases, [&](auto& row) {
        const bool isIts = row.second->grant().client == client;
        if (isIts)
            removed.push_back(std::move(row.second));
        return isIts;
    });
    m_consumers.erase(client);
    return removed;
}

std::size_t LeaseTable::countOf(ClientId client) const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(m_leases, [&](const auto& row) { return row.second->grant().client == client; }));
}

std::vector<LeasePtr> LeaseTable::holding(
    const DeviceId& device, const std::vector<LoadedComponentPtr>& components) const
{
    std::set<ComponentKey> wanted;
    for (const LoadedComponentPtr& component : components)
        wanted.insert(component->key);
    std::vector<LeasePtr> holding;
    for (const auto& [id, lease] : m_leases) {
        const auto isWanted = [&](const LoadedComponentPtr& component) { return wanted.contains(component->key); };
        if (lease->grant().device == device && std::ranges::any_of(lease->components(), isWanted))
            holding.push_back(lease);
    }
    return holding;
}

LeasePtr LeaseTable::equalLease(ClientId client, const std::vector<LoadedComponentPtr>& components) const
{
    const auto row = std::ranges::find_if(m_leases, [&](const auto& entry) {
        return entry.second->grant().client == client && entry.second->components() == components;
    });
    return row == m_leases.end() ? nullptr : row->second;
}

bool LeaseTable::isLeased(const ModelId& model, const DeviceId& device) const
{
    return std::ranges::any_of(m_leases, [&](const auto& row) {
        const LeaseGrant& grant = row.second->grant();
        return grant.model == model && (device.empty() || grant.device == device);
    });
}

std::vector<LoadedComponentPtr> LeaseTable::onDevice(const DeviceId& device) const
{
    std::set<LoadedComponentPtr> all;
    for (const auto& [id, lease] : m_leases) {
        if (lease->grant().device == device)
            all.insert(lease->components().begin(), lease->components().end());
    }
    return {all.begin(), all.end()};
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/client.h"
#include "model_engine/sharing/lease.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A program that uses, or wants to use, what is loaded (S1). It is one as long as it is connected.
struct Consumer {
    Client client;
    std::string name; ///< as it calls itself; else its program's
    std::set<SharingDomain> domains; ///< what it wants to be offered weights for
    Clock::Wall since{};
};

/// "ComfyUI (process 4711)": as errors and the window name it.
[[nodiscard]] std::string describe(const Consumer& consumer);

/// Who uses what. Lives on the engine thread: no locks. Leases that are taken out are returned, so that memory that
/// they were the last to hold is given back on the caller's thread.
class LeaseTable {
public:
    /// The consumer that this client is; it becomes one, of no domain, if it is none yet.
    const Consumer& consumerOf(const Client& client, Clock::Wall now);
    /// What the consumer says about itself; an empty name leaves the one it has.
    const Consumer& registerConsumer(
        const Client& client, const std::string& name, std::set<SharingDomain> domains, Clock::Wall now);
    [[nodiscard]] const std::map<ClientId, Consumer>& consumers() const { return m_consumers; }
    [[nodiscard]] const Consumer* find(ClientId client) const; ///< nullptr when there is none
    [[nodiscard]] std::vector<Client> consumersIn(SharingDomain domain) const;

    [[nodiscard]] LeaseId nextId() { return LeaseId{++m_lastId}; }
    void add(LeasePtr lease);
    [[nodiscard]] LeasePtr find(LeaseId id) const; ///< nullptr when there is none
    [[nodiscard]] LeasePtr remove(LeaseId id); ///< likewise
    /// The client is gone: it is no consumer any more, and these were its leases.
    [[nodiscard]] std::vector<LeasePtr> removeClient(ClientId client);

    [[nodiscard]] const std::map<LeaseId, LeasePtr>& leases() const { return m_leases; }
    [[nodiscard]] std::size_t countOf(ClientId client) const;
    /// Those on this device that hold any of these components, also an earlier state of one: what was converted, or
    /// merged with others, since it was lent is another object of the same name.
    [[nodiscard]] std::vector<LeasePtr> holding(
        const DeviceId& device, const std::vector<LoadedComponentPtr>& components) const;
    /// That of a client which holds just these components; nullptr when there is none.
    [[nodiscard]] LeasePtr equalLease(ClientId client, const std::vector<LoadedComponentPtr>& components) const;
    /// An empty device: anywhere.
    [[nodiscard]] bool isLeased(const ModelId& model, const DeviceId& device = {}) const;
    /// Components on this device that leases have, each once.
    [[nodiscard]] std::vector<LoadedComponentPtr> onDevice(const DeviceId& device) const;

    /// Each holds descriptors until they are sent: more is a program that forgets to return them.
    static constexpr std::size_t kMostLeasesOfClient = 256;

private:
    std::map<ClientId, Consumer> m_consumers;
    std::map<LeaseId, LeasePtr> m_leases;
    std::uint64_t m_lastId = 0;
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/sharing/lease_table.h"
#include "model_engine/sharing/slab_request.h"

#include <set>
#include <string>
#include <vector>

namespace weightroom::engine {

/// What somebody wishes to use, of what is loaded.
struct LeaseWish {
    ModelId model;
    DeviceId device{}; ///< empty before deviceFor() has chosen one
    std::set<ComponentId> components{}; ///< empty: all of the model that is loaded there
    SharingDomain domain = SharingDomain::None;
};

/// Errors: FeatureOff, while nothing is lent.
[[nodiscard]] Result<> expectSharing(const EngineServices& services);
/// The device that is wished, else the first that has all that is wanted. On a job's thread. Errors: DeviceNotFound;
/// NotLoaded, when there is none.
[[nodiscard]] Result<DeviceId> deviceFor(EngineServices& services, const LeaseWish& wish);
/// Makes a client a consumer, if it is none; false when it is gone. On the thread of the client's own job: a client
/// that goes has its jobs cancelled first, and is taken out of the table then.
[[nodiscard]] bool becomeConsumer(EngineServices& services, const Client& client, const JobContext& job);
/// The lease that a client has on just what is wished; nullptr: it has none, or nothing is loaded. On a job's thread.
[[nodiscard]] LeasePtr presentLease(EngineServices& services, ClientId client, const LeaseWish& wish);
/// Gives a consumer a lease, or leaves everything as it was. On a job's thread; `job` is the client's own, or that of
/// who shares with it. Errors: FeatureOff; NotLoaded, also when one of the components is not; Busy, when the client has
/// too many; Cancelled, also when the client is gone; those of Lease::make().
[[nodiscard]] Result<LeasePtr> grantLease(
    EngineServices& services, ClientId client, const LeaseWish& wish, const JobContext& job);

/// The lease, if it is this client's; nullptr: it has none of this number. On the engine thread.
[[nodiscard]] LeasePtr leaseOf(const LeaseTable& table, ClientId client, LeaseId id);

/// What the end of leases gave back.
struct ReturnedLeases {
    std::vector<LeaseId> ids;
    Bytes freed; ///< of weights that were unloaded before, and that nobody else holds
};

/// Ends one lease of this client. On a job's thread, which gives back the memory. Errors: LeaseNotFound.
[[nodiscard]] Result<ReturnedLeases> returnLease(EngineServices& services, ClientId client, LeaseId id);
/// Leases that are out of their table, and what nobody else has of them. Destroying it gives the memory back.
struct EndedLeases {
    std::vector<LeasePtr> leases;
    std::vector<LoadedComponentPtr> gone;
};

/// Ends all that a client has, because it is gone. On the engine thread; the memory goes back with what is answered.
[[nodiscard]] EndedLeases endLeasesOf(EngineServices& services, ClientId client);
/// Gives the memory back, on a job's thread. Answers with lease_ids and freed_bytes.
[[nodiscard]] Json giveBack(EngineServices& services, EndedLeases ended);
/// Of the job that does that.
[[nodiscard]] JobDescription describeLeaseEnd();

/// Descriptors of a lease of this client, for who sends them. On the engine thread. Errors: LeaseNotFound; those of
/// Lease::takeDescriptors().
[[nodiscard]] Result<SentSlabs> takeSlabs(EngineServices& services, const SlabRequest& request);

/// Tells those who have leases on a device that was lost between two states of the engine, once: what they have mapped
/// may be lost with it. On the engine thread.
void tellOfLostDevices(const EngineServices& services, const EngineSnapshot& before, const EngineSnapshot& now);

/// The consumers that have these leases, each once: "ComfyUI (process 4711), trainer (process 815)". On the engine
/// thread.
[[nodiscard]] std::string holdersOf(const LeaseTable& table, const std::vector<LeasePtr>& leases);

} // namespace weightroom::engine

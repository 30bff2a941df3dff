// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/files/file.h"
#include "model_engine/loader/residency_table.h"
#include "model_engine/sharing/sharing_domain.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace weightroom::engine {

/// Where a tensor lies for who maps the slabs of its lease.
struct LeasedTensor {
    const LoadedComponent* component = nullptr;
    const StoredTensor* tensor = nullptr;
    std::size_t slab = 0; ///< in the order of the lease's slabs; of no meaning for a tensor without bytes
    std::uint64_t offset = 0; ///< in it
};

/// A block of memory that holds tensors of a lease, and perhaps others.
struct LeasedSlab {
    std::uint64_t number = 0; ///< of its device: never that of another slab
    Bytes size;
};

/// Whether the consumer has been given the memory itself.
enum class LeaseStage : std::uint8_t { None = 0, Offered, Attached };
[[nodiscard]] std::string_view toText(LeaseStage stage); ///< "none", "offered", "attached"

/// Who is to have what.
struct LeaseGrant {
    LeaseId id{};
    ClientId client{};
    DeviceId device{};
    ModelId model{};
    SharingDomain domain = SharingDomain::None;
    Clock::Wall at{};
};

/// What a consumer may use of the weights on a device (S3). While it lives they are neither moved nor given back: it
/// owns the components, together with the table of what is loaded. Immutable but for the descriptors; any thread.
class Lease {
public:
    /// Exports the slabs that these components of one model lie in. Asks the system or the driver: not on the engine
    /// thread. Errors: those of Slab::exportDescriptor().
    [[nodiscard]] static Result<std::shared_ptr<const Lease>> make(
        LeaseGrant grant, std::vector<LoadedComponentPtr> components);

    [[nodiscard]] const LeaseGrant& grant() const { return m_grant; }
    [[nodiscard]] const std::vector<LoadedComponentPtr>& components() const { return m_components; }
    [[nodiscard]] std::set<ComponentId> componentIds() const;
    [[nodiscard]] Bytes size() const { return m_size; } ///< of the tensors
    [[nodiscard]] const std::vector<LeasedSlab>& slabs() const { return m_slabs; }
    [[nodiscard]] const std::vector<LeasedTensor>& tensors() const { return m_tensors; }

    /// Hands out the descriptors of `count` slabs from `first` on. Each is handed out once: they are the consumer's
    /// then. Errors: InvalidValue, for a slab that there is not, or whose descriptor is gone.
    [[nodiscard]] Result<std::vector<UniqueFd>> takeDescriptors(std::size_t first, std::size_t count) const;
    [[nodiscard]] LeaseStage stage() const;

private:
    Lease(LeaseGrant grant, std::vector<LoadedComponentPtr> components)
        : m_grant(std::move(grant))
        , m_components(std::move(components))
    {
    }
    [[nodiscard]] Result<> exportSlabs();
    void noteWritable(std::size_t firstSlab, std::size_t count) const;

    const LeaseGrant m_grant;
    const std::vector<LoadedComponentPtr> m_components;
    std::vector<LeasedTensor> m_tensors;
    std::vector<LeasedSlab> m_slabs;
    Bytes m_size;
    mutable std::mutex m_mutex; ///< guards what follows
    mutable std::vector<UniqueFd> m_descriptors; ///< of the slabs; closed: handed out
    mutable LeaseStage m_stage = LeaseStage::Offered;
};

using LeasePtr = std::shared_ptr<const Lease>;

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/sharing/lease.h"

#include <map>
#include <string>
#include <utility>

namespace weightroom::engine {

std::string_view toText(LeaseStage stage)
{
    return stage == LeaseStage::Offered ? "offered" : stage == LeaseStage::Attached ? "attached" : "none";
}

Result<std::shared_ptr<const Lease>> Lease::make(LeaseGrant grant, std::vector<LoadedComponentPtr> components)
{
    std::shared_ptr<Lease> lease{new Lease{std::move(grant), std::move(components)}};
    if (auto exported = lease->exportSlabs(); !exported)
        return fail(std::move(exported).error());
    return lease;
}

Result<> Lease::exportSlabs()
{
    std::map<std::uint64_t, std::size_t> indexOf; // by the slab's number
    for (const LoadedComponentPtr& component : m_components) {
        m_size += component->weights.size;
        for (const StoredTensor& tensor : component->weights.tensors) {
            LeasedTensor leased{component.get(), &tensor};
            const Allocation& place = tensor.content->place();
            if (Slab* const slab = place.slab(); slab && tensor.size() > Bytes{}) {
                const auto [row, isNew] = indexOf.try_emplace(place.slabNumber(), m_slabs.size());
                if (isNew) {
                    auto descriptor = slab->exportDescriptor();
                    if (!descriptor)
                        return fail(std::move(descriptor).error());
                    m_slabs.push_back({place.slabNumber(), slab->size()});
                    m_descriptors.push_back(std::move(*descriptor));
                }
                leased.slab = row->second;
                leased.offset = tensor.address() - slab->address();
            }
            m_tensors.push_back(leased);
        }
    }
    return {};
}

std::set<ComponentId> Lease::componentIds() const
{
    std::set<ComponentId> ids;
    for (const LoadedComponentPtr& component : m_components)
        ids.insert(component->key.component);
    return ids;
}

Result<std::vector<UniqueFd>> Lease::takeDescriptors(std::size_t first, std::size_t count) const
{
    const auto refused = [&](std::string why) {
        return fail(ErrorCode::InvalidValue,
            "of the " + std::to_string(m_slabs.size()) + " slabs of lease " + std::to_string(m_grant.id.number) + " "
                + std::move(why),
            {.field = "first_slab"});
    };
    if (first > m_slabs.size() || count > m_slabs.size() - first)
        return refused("there are not " + std::to_string(count) + " from number " + std::to_string(first) + " on");
    const std::scoped_lock lock{m_mutex};
    for (std::size_t i = first; i < first + count; ++i) {
        if (!m_descriptors[i].isOpen())
            return refused("number " + std::to_string(i) + " has been handed out already");
    }
    std::vector<UniqueFd> taken;
    for (std::size_t i = first; i < first + count; ++i)
        taken.push_back(std::exchange(m_descriptors[i], {}));
    m_stage = LeaseStage::Attached;
    noteWritable(first, count);
    return taken;
}

/// What the consumer can write to is not taken for what it was any more.
void Lease::noteWritable(std::size_t firstSlab, std::size_t count) const
{
    for (const LeasedTensor& leased : m_tensors) {
        const PlacedContent& content = *leased.tensor->content;
        const Slab* const slab = content.place().slab();
        const bool isHandedOut = leased.slab >= firstSlab && leased.slab - firstSlab < count;
        if (slab && isHandedOut && leased.tensor->size() > Bytes{} && slab->isExportWritable())
            content.noteWritable();
    }
}

LeaseStage Lease::stage() const
{
    const std::scoped_lock lock{m_mutex};
    return m_stage;
}

} // namespace weightroom::engine

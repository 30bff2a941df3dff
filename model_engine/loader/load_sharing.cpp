// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/load_sharing.h"

#include <cstring>

namespace weightroom::engine {
namespace {

/// For bytes in RAM, where comparing cannot fail.
ContentStore::Comparison comparisonWith(const StagedTensor& tensor)
{
    return [&tensor](const PlacedContent& there) -> Result<bool> {
        return std::memcmp(hostBytes(there.place()).data(), tensor.bytes().data(), tensor.bytes().size()) == 0;
    };
}

} // namespace

void CacheSharing::takeKnown(StagedTensor& tensor, ContentId known) const
{
    PlacedContentPtr content = m_contents.find(known);
    if (content && content->size() == tensor.size())
        tensor.inCache = std::move(content);
}

void CacheSharing::complete(StagedTensor& tensor) const
{
    tensor.digest = digestOf(tensor.bytes(), m_fold);
    // A search that fails finds nothing, and share() says why.
    tensor.equalInCache = m_contents.findEqual({*tensor.digest, {}}, comparisonWith(tensor)).value_or(nullptr);
}

Result<> CacheSharing::share(StagedTensor& tensor) const
{
    if (tensor.equalInCache) {
        tensor.inCache = std::move(tensor.equalInCache);
        return {};
    }
    auto shared = m_contents.share(tensor.inCache, {*tensor.digest, {}}, comparisonWith(tensor));
    if (!shared)
        return fail(std::move(shared).error());
    tensor.inCache = std::move(*shared);
    return {};
}

Result<> DeviceSharing::find(StagedTensor& tensor)
{
    const ContentLabel* label = tensor.inCache ? tensor.inCache->label() : nullptr;
    if (!label)
        return {};
    auto found = m_contents.findEqual(*label, [&](const PlacedContent& there) { return holds(there, tensor); });
    if (!found)
        return fail(std::move(found).error());
    tensor.onDevice = std::move(*found);
    return {};
}

Result<> DeviceSharing::share(StagedTensor& tensor)
{
    const ContentLabel* label = tensor.inCache->label();
    if (!label)
        return {};
    auto shared =
        m_contents.share(tensor.onDevice, *label, [&](const PlacedContent& there) { return holds(there, tensor); });
    if (!shared)
        return fail(std::move(shared).error());
    tensor.onDevice = std::move(*shared);
    return {};
}

Result<bool> DeviceSharing::holds(const PlacedContent& there, const StagedTensor& tensor)
{
    Result<bool> isEqual = false;
    auto compared = m_transfer.run([&](Device&) -> Result<> {
        isEqual = m_readBack.holds(there.address(), tensor.bytes());
        return {};
    });
    if (!compared)
        return fail(std::move(compared).error());
    return isEqual;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/load_sharing.h"

#include "model_engine/core/settings/feature_flags.h"
#include "model_engine/loader/precision/converted_bytes.h"

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

void CacheSharing::takeKnown(StagedTensor& tensor, const ContentLabel& known) const
{
    if (known.id.isNone() || known.digest.size != tensor.size())
        return;
    tensor.known = known;
    if (auto content = m_contents.find(known))
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
    const bool isAsKnown = tensor.known && tensor.known->digest == *tensor.digest;
    if (tensor.equalInCache) {
        tensor.inCache = std::move(tensor.equalInCache);
    } else {
        // What has the known id here was compared, and differs, or came meanwhile: it is found by comparing it.
        const bool isFree = isAsKnown && !m_contents.find(tensor.known->id);
        const ContentLabel label = isFree ? *tensor.known : ContentLabel{*tensor.digest, {}};
        auto shared = m_contents.share(tensor.inCache, label, comparisonWith(tensor));
        if (!shared)
            return fail(std::move(shared).error());
        tensor.inCache = std::move(*shared);
    }
    // Other files are known to have the bytes by that id.
    if (isAsKnown && !m_contents.find(tensor.known->id))
        m_contents.addId(tensor.known->id, tensor.inCache);
    return {};
}

Result<> DeviceSharing::find(StagedTensor& tensor)
{
    const ContentLabel* label = tensor.inCache ? tensor.inCache->label() : nullptr;
    if (!label)
        return {};
    if (tensor.conversion) {
        findConverted(tensor, *label);
        return {};
    }
    auto found = m_contents.findEqual(*label, [&](const PlacedContent& there) { return holds(there, tensor); });
    if (!found)
        return fail(std::move(found).error());
    tensor.onDevice = std::move(*found);
    return {};
}

void DeviceSharing::findConverted(StagedTensor& tensor, const ContentLabel& stored)
{
    auto known = m_contents.findConverted({stored, tensor.entry.dtype, tensor.loadedType});
    if (!known || known->content->size() != tensor.sizeOnDevice())
        return;
    tensor.onDevice = std::move(known->content);
    tensor.converted.loss = known->loss;
}

Result<> DeviceSharing::share(StagedTensor& tensor)
{
    const ContentLabel* stored = tensor.inCache->label();
    if (!stored)
        return {};
    // What was converted has other bytes, and thereby an id of its own.
    const ContentLabel label = tensor.conversion ? ContentLabel{tensor.converted.hasher->digest(), {}} : *stored;
    auto shared =
        m_contents.share(tensor.onDevice, label, [&](const PlacedContent& there) { return holds(there, tensor); });
    if (!shared)
        return fail(std::move(shared).error());
    tensor.onDevice = std::move(*shared);
    if (tensor.conversion) {
        m_contents.noteConversion(
            {*stored, tensor.entry.dtype, tensor.loadedType}, {tensor.onDevice, tensor.converted.loss});
    }
    return {};
}

Result<bool> DeviceSharing::holds(const PlacedContent& there, const StagedTensor& tensor)
{
    Result<bool> isEqual = false;
    auto compared = m_transfer.run([&](Device&) -> Result<> {
        isEqual = holdsAsLoaded(m_readBack, there.address(), tensor);
        return {};
    });
    if (!compared)
        return fail(blamedOn(Feature::ShareContents, std::move(compared).error()));
    if (!isEqual)
        return fail(blamedOn(Feature::ShareContents, std::move(isEqual).error()));
    return isEqual;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/staged_component.h"

#include "model_engine/formats/tensor_elements.h"
#include "model_engine/loader/read_back.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {

StagedComponent::StagedComponent(PlannedComponent plan, CachedComponentPtr cached)
    : m_record(std::move(plan.record))
    , m_size(plan.size)
    , m_cached(std::move(cached))
{
    m_tensors.reserve(plan.tensors.size());
    for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
        m_tensors.push_back({.entry = std::move(plan.tensors[i]), .ordinal = plan.ordinals[i]});
        if (m_cached)
            m_tensors.back().inCache = m_cached->weights.tensors[i].content;
    }
}

void StagedComponent::appendPieces(std::span<std::vector<ReadPiece>> piecesOfFiles) const
{
    for (const StagedTensor& tensor : m_tensors) {
        if (tensor.isRead && tensor.entry.isContiguous())
            piecesOfFiles[tensor.entry.file].push_back({tensor.entry.range.begin, tensor.bytes()});
    }
}

Result<> StagedComponent::gatherViews(
    std::span<const InputFile> files, const std::stop_token& stop, const OnGathered& onGathered) const
{
    for (const StagedTensor& tensor : m_tensors) {
        if (!tensor.isRead || tensor.entry.isContiguous())
            continue;
        if (auto gathered = gatherView(tensor, files[tensor.entry.file], stop); !gathered)
            return gathered;
        onGathered(tensor.bytes());
    }
    return {};
}

Result<> StagedComponent::gatherView(
    const StagedTensor& tensor, const InputFile& file, const std::stop_token& stop) const
{
    std::span<std::byte> rest = tensor.bytes();
    const auto take = [&](std::span<const std::byte> bytes) -> Result<> {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "cancelled while a view was gathered");
        std::ranges::copy(bytes, rest.begin());
        rest = rest.subspan(bytes.size());
        return {};
    };
    if (auto read = readElements(FileSource{file}, tensor.entry, take); !read)
        return read;
    return file.checkUnchanged();
}

std::vector<CopyStep> StagedComponent::copySteps() const
{
    std::vector<CopyStep> steps;
    for (const StagedTensor& tensor : m_tensors) {
        if (tensor.isCopied && !tensor.isRead)
            steps.push_back({tensor.bytes(), tensor.onDevice->address()});
    }
    return steps;
}

Result<> StagedComponent::compareWithDevice(Device& device, const std::stop_token& stop) const
{
    ReadBack readBack{device, stop};
    for (const StagedTensor& tensor : m_tensors) {
        const auto isThere = readBack.holds(tensor.onDevice->address(), tensor.bytes());
        if (!isThere)
            return fail(isThere.error());
        if (!*isThere) {
            return fail(ErrorCode::VerificationFailed, "tensor '" + tensor.entry.name + "' differs on the device",
                {.componentId = id(), .deviceId = device.description().id});
        }
    }
    return {};
}

ComponentWeights StagedComponent::weightsIn(PlacedContentPtr StagedTensor::*memory) const
{
    ComponentWeights weights{.tensors = {}, .size = m_size};
    weights.tensors.reserve(m_tensors.size());
    for (const StagedTensor& tensor : m_tensors)
        weights.tensors.emplace_back(tensor.entry.name, tensor.entry.dtype, tensor.entry.shape, tensor.*memory);
    return weights;
}

LoadedComponentPtr StagedComponent::loaded(const ModelRecord& model) const
{
    return std::make_shared<const LoadedComponent>(
        LoadedComponent{{model.id, id()}, m_record.kind, model.identity(), weightsIn(&StagedTensor::onDevice)});
}

CachedComponentPtr StagedComponent::cached(const ModelRecord& model, std::chrono::duration<double> loadCost) const
{
    if (m_cached)
        return m_cached;
    return std::make_shared<const CachedComponent>(
        CachedComponent{{model.id, id()}, model.identity(), weightsIn(&StagedTensor::inCache), loadCost});
}

} // namespace weightroom::engine

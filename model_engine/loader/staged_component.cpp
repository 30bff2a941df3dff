// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/staged_component.h"

#include "model_engine/formats/tensor_elements.h"
#include "model_engine/loader/precision/converted_bytes.h"
#include "model_engine/loader/read_back.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {

namespace {

Result<std::optional<TensorConversion>> conversionOf(const TensorEntry& tensor, Dtype loadedType)
{
    if (tensor.dtype == loadedType)
        return std::nullopt;
    auto conversion = TensorConversion::plan(tensor.dtype, loadedType, tensor.shape.elements().value_or(0));
    if (!conversion)
        return fail(std::move(conversion).error());
    return *conversion;
}

} // namespace

Result<StagedComponent> StagedComponent::stage(PlannedComponent plan, CachedComponentPtr cached)
{
    StagedComponent component{std::move(plan.record), plan.size, std::move(cached)};
    component.m_tensors.reserve(plan.tensors.size());
    for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
        auto conversion = conversionOf(plan.tensors[i], plan.loadedTypes[i]);
        if (!conversion)
            return fail(std::move(conversion).error());
        component.m_tensors.push_back({.entry = std::move(plan.tensors[i]),
            .ordinal = plan.ordinals[i],
            .loadedType = plan.loadedTypes[i],
            .conversion = *conversion});
        if (component.m_cached)
            component.m_tensors.back().inCache = component.m_cached->weights.tensors[i].content;
    }
    return component;
}

void StagedComponent::appendPieces(std::span<std::vector<ReadPiece>> piecesOfFiles) const
{
    for (const StagedTensor& tensor : m_tensors) {
        if (tensor.isRead && tensor.entry.isContiguous())
            piecesOfFiles[tensor.entry.file].push_back({tensor.entry.range.begin, tensor.bytes()});
    }
}

Result<> StagedComponent::gatherViews(std::span<const InputFile> files, CacheMemory& memory,
    const std::stop_token& stop, const OnGathered& onGathered) const
{
    for (const StagedTensor& tensor : m_tensors) {
        if (!tensor.isRead || tensor.entry.isContiguous())
            continue;
        if (auto taken = memory.takePages(tensor.bytes()); !taken)
            return taken;
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

ComponentConversion StagedComponent::conversion() const
{
    ComponentConversion sum{.id = id(), .stored = {}, .loaded = {}, .loss = {}};
    for (const StagedTensor& tensor : m_tensors) {
        if (!tensor.conversion)
            continue;
        ++sum.tensors;
        sum.stored += tensor.size();
        sum.loaded += tensor.sizeOnDevice();
        sum.loss += tensor.converted.loss;
    }
    return sum;
}

Result<> StagedComponent::compareWithDevice(Device& device, const std::stop_token& stop) const
{
    ReadBack readBack{device, stop};
    for (const StagedTensor& tensor : m_tensors) {
        const auto isThere = holdsAsLoaded(readBack, tensor.onDevice->address(), tensor);
        if (!isThere)
            return fail(isThere.error());
        if (!*isThere) {
            return fail(ErrorCode::VerificationFailed, "tensor '" + tensor.entry.name + "' differs on the device",
                {.componentId = id(),
                    .deviceId = device.description().id,
                    .feature = tensor.conversion ? Feature::PrecisionConversion : Feature::None});
        }
    }
    return {};
}

LoadedComponentPtr StagedComponent::loaded(const ModelRecord& model, const PrecisionRequest& precision) const
{
    ComponentWeights weights;
    weights.tensors.reserve(m_tensors.size());
    for (const StagedTensor& tensor : m_tensors) {
        weights.tensors.emplace_back(tensor.entry.name, tensor.loadedType, tensor.entry.shape, tensor.onDevice);
        weights.size += tensor.sizeOnDevice();
    }
    LoadedComponent component{{model.id, id()}, m_record.kind, model.identity(), std::move(weights)};
    if (ComponentConversion converted = conversion(); converted.tensors > 0)
        component.conversion = std::move(converted);
    component.precision = precision;
    return std::make_shared<const LoadedComponent>(std::move(component));
}

CachedComponentPtr StagedComponent::cached(const ModelRecord& model, std::chrono::duration<double> loadCost) const
{
    if (m_cached)
        return m_cached;
    ComponentWeights weights{.tensors = {}, .size = m_size};
    weights.tensors.reserve(m_tensors.size());
    for (const StagedTensor& tensor : m_tensors)
        weights.tensors.emplace_back(tensor.entry.name, tensor.entry.dtype, tensor.entry.shape, tensor.inCache);
    return std::make_shared<const CachedComponent>(
        CachedComponent{{model.id, id()}, model.identity(), std::move(weights), loadCost});
}

} // namespace weightroom::engine

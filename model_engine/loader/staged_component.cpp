// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/staged_component.h"

#include "model_engine/cache/cache_memory.h"
#include "model_engine/formats/tensor_elements.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace weightroom::engine {
namespace {

/// Bytes that are read back from a device at a time: a cancel is heard within milliseconds, and a call costs little.
constexpr Bytes kReadBackBlock = kMiB * 16;

std::span<Allocation> takeFront(std::span<Allocation> from, std::size_t count, std::vector<Allocation>& into)
{
    const auto front = from.first(count);
    into.assign(std::move_iterator{front.begin()}, std::move_iterator{front.end()});
    return from.subspan(count);
}

} // namespace

void DestinationMap::sort() { std::ranges::sort(m_rows, {}, &Row::inCache); }

std::uint64_t DestinationMap::addressOf(const std::byte* inCache) const
{
    const auto row = std::prev(std::ranges::upper_bound(m_rows, inCache, {}, &Row::inCache));
    return row->address + static_cast<std::uint64_t>(inCache - row->inCache);
}

StagedComponent::StagedComponent(PlannedComponent plan, CachedComponentPtr cached)
    : m_plan(std::move(plan))
    , m_cached(std::move(cached))
{
}

void StagedComponent::appendSizes(std::vector<Bytes>& sizes) const
{
    for (const TensorEntry& tensor : m_plan.tensors)
        sizes.push_back(contiguousSize(tensor));
}

std::span<Allocation> StagedComponent::takeDevicePlaces(std::span<Allocation> places)
{
    return takeFront(places, m_plan.tensors.size(), m_devicePlaces);
}

std::span<Allocation> StagedComponent::takeCachePlaces(std::span<Allocation> places)
{
    return takeFront(places, m_plan.tensors.size(), m_cachePlaces);
}

void StagedComponent::appendPieces(std::span<std::vector<ReadPiece>> piecesOfFiles, DestinationMap& destinations) const
{
    for (std::size_t i = 0; i < m_plan.tensors.size(); ++i) {
        const TensorEntry& tensor = m_plan.tensors[i];
        if (tensor.range.size == Bytes{} || !tensor.isContiguous())
            continue;
        piecesOfFiles[tensor.file].push_back({tensor.range.begin, cacheBytes(i)});
        if (!m_devicePlaces.empty())
            destinations.add(cacheBytes(i).data(), m_devicePlaces[i].address());
    }
}

Result<> StagedComponent::gatherViews(
    std::span<const InputFile> files, const std::stop_token& stop, const OnGathered& onGathered) const
{
    for (std::size_t i = 0; i < m_plan.tensors.size(); ++i) {
        const TensorEntry& tensor = m_plan.tensors[i];
        if (tensor.isContiguous() || m_cachePlaces[i].size() == Bytes{})
            continue;
        const std::span<std::byte> place = cacheBytes(i);
        std::size_t filled = 0;
        const auto take = [&](std::span<const std::byte> bytes) -> Result<> {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, "cancelled while a view was gathered");
            std::ranges::copy(bytes, place.subspan(filled).begin());
            filled += bytes.size();
            return {};
        };
        const InputFile& file = files[tensor.file];
        if (auto read = readElements(FileSource{file}, tensor, take); !read)
            return read;
        if (auto unchanged = file.checkUnchanged(); !unchanged)
            return unchanged;
        onGathered({place, m_devicePlaces.empty() ? 0 : m_devicePlaces[i].address()});
    }
    return {};
}

std::vector<CopyStep> StagedComponent::copySteps() const
{
    std::vector<CopyStep> steps;
    for (std::size_t i = 0; i < m_devicePlaces.size(); ++i) {
        if (m_devicePlaces[i].size() > Bytes{})
            steps.push_back({cacheBytes(i), m_devicePlaces[i].address()});
    }
    return steps;
}

std::span<std::byte> StagedComponent::cacheBytes(std::size_t tensor) const
{
    return hostBytes(m_cached ? m_cached->weights.tensors[tensor].place : m_cachePlaces[tensor]);
}

Result<> StagedComponent::compareWithDevice(Device& device, const std::stop_token& stop) const
{
    std::vector<std::byte> block(kReadBackBlock.value);
    for (std::size_t i = 0; i < m_plan.tensors.size(); ++i) {
        const auto expected = cacheBytes(i);
        for (std::size_t begin = 0; begin < expected.size(); begin += block.size()) {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, "cancelled while reading back");
            const auto part = std::span{block}.first(std::min(block.size(), expected.size() - begin));
            if (auto read = device.download(m_devicePlaces[i].address() + begin, part); !read)
                return read;
            if (std::memcmp(part.data(), expected.data() + begin, part.size()) != 0) {
                return fail(ErrorCode::VerificationFailed,
                    "tensor '" + m_plan.tensors[i].name + "' differs on the device",
                    {.componentId = id(), .deviceId = device.description().id});
            }
        }
    }
    return {};
}

ComponentWeights StagedComponent::weightsAt(std::vector<Allocation> places) const
{
    ComponentWeights weights{.tensors = {}, .size = m_plan.size};
    weights.tensors.reserve(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const TensorEntry& tensor = m_plan.tensors[i];
        weights.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, std::move(places[i])});
    }
    return weights;
}

LoadedComponentPtr StagedComponent::takeLoaded(const ModelRecord& model)
{
    return std::make_shared<const LoadedComponent>(
        LoadedComponent{{model.id, id()}, m_plan.record.kind, model.identity(), weightsAt(std::move(m_devicePlaces))});
}

CachedComponentPtr StagedComponent::takeCached(const ModelRecord& model, std::chrono::duration<double> loadCost)
{
    if (m_cached)
        return std::move(m_cached);
    return std::make_shared<const CachedComponent>(
        CachedComponent{{model.id, id()}, model.identity(), weightsAt(std::move(m_cachePlaces)), loadCost});
}

} // namespace weightroom::engine

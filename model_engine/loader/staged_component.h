// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/ram_cache.h"
#include "model_engine/cache/reader_pool.h"
#include "model_engine/device/device.h"
#include "model_engine/loader/load_plan.h"
#include "model_engine/loader/residency_table.h"

#include <chrono>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// Which address of the device a byte goes to from its place in the cache, while a batch is read. (Not from its place
/// in the file: two tensors may share their bytes there.)
class DestinationMap {
public:
    void add(const std::byte* inCache, std::uint64_t address) { m_rows.push_back({inCache, address}); }
    void sort();
    /// The address for the byte at `inCache`, which belongs to one of the tensors that were added.
    [[nodiscard]] std::uint64_t addressOf(const std::byte* inCache) const;

private:
    struct Row {
        const std::byte* inCache;
        std::uint64_t address;
    };
    std::vector<Row> m_rows;
};

/// One component while it is loaded: its plan, its places in the cache and on the device. Owns the places.
class StagedComponent {
public:
    /// `cached`: the component in the cache, nullptr when it has to be read.
    StagedComponent(PlannedComponent plan, CachedComponentPtr cached);

    [[nodiscard]] const ComponentId& id() const { return m_plan.record.id; }
    [[nodiscard]] Bytes size() const { return m_plan.size; }
    [[nodiscard]] bool isCached() const { return m_cached != nullptr; }

    void appendSizes(std::vector<Bytes>& sizes) const; ///< one per tensor
    /// Take one place per tensor from the front and answer with the rest.
    [[nodiscard]] std::span<Allocation> takeDevicePlaces(std::span<Allocation> places);
    [[nodiscard]] std::span<Allocation> takeCachePlaces(std::span<Allocation> places);

    /// What has to be read: appends to the pieces of each file, without views (see gatherViews()). Where on the device
    /// (if on one) the bytes go then is added to `destinations`.
    void appendPieces(std::span<std::vector<ReadPiece>> piecesOfFiles, DestinationMap& destinations) const;
    /// Called with the place in the cache and, when it goes to a device, the address there.
    using OnGathered = std::function<void(const CopyStep&)>;
    /// Reads the tensors that are strided views, on the caller's thread: their elements end up one behind the other.
    /// Errors: those of reading; Cancelled; FileChanged.
    [[nodiscard]] Result<> gatherViews(
        std::span<const InputFile> files, const std::stop_token& stop, const OnGathered& onGathered) const;
    /// Copies of all tensors from the cache to the device.
    [[nodiscard]] std::vector<CopyStep> copySteps() const;
    /// Reads back from the device and compares. Errors: VerificationFailed, Cancelled, and the device's.
    [[nodiscard]] Result<> compareWithDevice(Device& device, const std::stop_token& stop) const;

    /// The component as the tables keep it. Each is called at most once; takeLoaded() first.
    [[nodiscard]] LoadedComponentPtr takeLoaded(const ModelRecord& model);
    [[nodiscard]] CachedComponentPtr takeCached(const ModelRecord& model, std::chrono::duration<double> loadCost);

private:
    [[nodiscard]] ComponentWeights weightsAt(std::vector<Allocation> places) const;
    [[nodiscard]] std::span<std::byte> cacheBytes(std::size_t tensor) const;

    PlannedComponent m_plan;
    CachedComponentPtr m_cached;
    std::vector<Allocation> m_cachePlaces; ///< one per tensor; empty when it was cached before
    std::vector<Allocation> m_devicePlaces; ///< one per tensor; empty when only the cache is filled
};

} // namespace weightroom::engine

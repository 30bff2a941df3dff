// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/cache_memory.h"
#include "model_engine/cache/ram_cache.h"
#include "model_engine/cache/reader_pool.h"
#include "model_engine/device/device.h"
#include "model_engine/loader/plan/component_conversion.h"
#include "model_engine/loader/plan/load_plan.h"
#include "model_engine/loader/precision/converting_upload.h"
#include "model_engine/loader/residency_table.h"

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// Whether tensors with equal bytes are looked for, and held once.
enum class ContentSharing : std::uint8_t { None = 0, EqualContents };

/// One tensor while it is loaded: where its bytes are, or will be.
struct StagedTensor {
    TensorEntry entry;
    std::size_t ordinal = 0; ///< how many tensors lie before it in its file
    Dtype loadedType = Dtype::Unknown; ///< on the device
    std::optional<TensorConversion> conversion{}; ///< to that type; nothing: it has it
    PlacedContentPtr inCache{}; ///< where its bytes are, or are read to; of size 0 for a tensor without elements
    PlacedContentPtr onDevice{}; ///< the same on the device, in the loaded type; nullptr: only the cache is filled
    bool isRead = false; ///< from the file
    bool isCopied = false; ///< to the device
    std::optional<ContentLabel> known{}; ///< what an earlier load of its file found, in the same state
    std::optional<ContentDigest> digest{}; ///< of what was read
    PlacedContentPtr equalInCache{}; ///< that was there already when this one was read; compared
    ConversionRecord converted{}; ///< of the conversion; that of an earlier load where what it gave is there still

    [[nodiscard]] Bytes size() const { return contiguousSize(entry); }
    [[nodiscard]] Bytes sizeOnDevice() const { return conversion ? conversion->size() : size(); }
    [[nodiscard]] std::span<std::byte> bytes() const { return hostBytes(inCache->place()); }
};

/// One component while it is loaded: its plan, its places in the cache and on the device. Owns the places, together
/// with whoever shares them.
class StagedComponent {
public:
    /// `cached`: the component in the cache, nullptr when it is not there as such. Errors: those of
    /// TensorConversion::plan().
    [[nodiscard]] static Result<StagedComponent> stage(PlannedComponent plan, CachedComponentPtr cached);

    [[nodiscard]] const ComponentId& id() const { return m_record.id; }
    [[nodiscard]] Bytes size() const { return m_size; } ///< of its tensors, as they are stored
    [[nodiscard]] bool isCached() const { return m_cached != nullptr; }
    [[nodiscard]] std::span<StagedTensor> tensors() { return m_tensors; }
    [[nodiscard]] std::span<const StagedTensor> tensors() const { return m_tensors; }

    /// What has to be read: appends to the pieces of each file, without views (see gatherViews()).
    void appendPieces(std::span<std::vector<ReadPiece>> piecesOfFiles) const;
    /// Called with the place in the cache.
    using OnGathered = std::function<void(std::span<const std::byte>)>;
    /// Reads the tensors that are strided views, on the caller's thread: their elements end up one behind the other.
    /// `memory` is that of their places. Errors: those of reading, and of taking pages; Cancelled; FileChanged.
    [[nodiscard]] Result<> gatherViews(std::span<const InputFile> files, CacheMemory& memory,
        const std::stop_token& stop, const OnGathered& onGathered) const;
    /// What its conversions have changed.
    [[nodiscard]] ComponentConversion conversion() const;
    /// Reads back from the device and compares, shared bytes too: with what the cache has, or with what that is
    /// converted to. Errors: VerificationFailed, Cancelled, and the device's.
    [[nodiscard]] Result<> compareWithDevice(Device& device, const std::stop_token& stop) const;

    /// The component as the tables keep it.
    [[nodiscard]] LoadedComponentPtr loaded(const ModelRecord& model, const PrecisionRequest& precision) const;
    [[nodiscard]] CachedComponentPtr cached(const ModelRecord& model, std::chrono::duration<double> loadCost) const;

private:
    StagedComponent(ComponentRecord record, Bytes size, CachedComponentPtr cached)
        : m_record(std::move(record))
        , m_size(size)
        , m_cached(std::move(cached))
    {
    }
    [[nodiscard]] Result<> gatherView(
        const StagedTensor& tensor, const InputFile& file, const std::stop_token& stop) const;

    ComponentRecord m_record;
    Bytes m_size;
    CachedComponentPtr m_cached;
    std::vector<StagedTensor> m_tensors; ///< in file order
};

} // namespace weightroom::engine

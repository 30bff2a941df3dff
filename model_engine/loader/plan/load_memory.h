// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/staged_component.h"

#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <tuple>
#include <vector>

namespace weightroom::engine {

class PlaceRequest;

/// Takes the memory of a load: all that is needed in one memory, or nothing. What is there already needs none, and
/// tensors that are one content in the cache become one on the device.
class LoadMemory {
public:
    explicit LoadMemory(ContentSharing sharing)
        : m_sharing(sharing)
    {
    }

    /// Tells the tensors that it gets a place on the device that they are copied. Answers with their bytes. Errors:
    /// those of Arena::allocate(), with the device.
    [[nodiscard]] Result<Bytes> takeOnDevice(
        std::span<StagedComponent> components, Device& device, const std::stop_token& stop);

    /// Takes components out of the cache to make room; answers with the bytes that this gave back.
    using MakeRoom = std::function<Bytes(Bytes wanted)>;
    /// Tells the tensors that get a place in the cache that they are read. Answers with their bytes. When the budget is
    /// short, makes room until the places fit or nothing more can go. Errors: those of Arena::allocate().
    [[nodiscard]] Result<Bytes> takeInCache(
        std::span<StagedComponent> components, Arena& arena, const MakeRoom& makeRoom, const std::stop_token& stop);

    /// The tensor whose copy serves this one too, because both are one content in the cache; nullptr: none.
    [[nodiscard]] const StagedTensor* copiedFor(const StagedTensor& tensor) const;

private:
    void requestOnDevice(StagedTensor& tensor, PlaceRequest& request);

    const ContentSharing m_sharing;
    /// A content in the cache, and the types that it is brought from and to: the same bytes may be other numbers to
    /// another tensor. Unknown where it is copied as it is.
    using Copy = std::tuple<const PlacedContent*, Dtype, Dtype>;
    [[nodiscard]] static Copy copyOf(const StagedTensor& tensor);

    std::map<Copy, StagedTensor*> m_copied;
    std::vector<StagedTensor*> m_followers; ///< that are served by the copy of another one
};

} // namespace weightroom::engine

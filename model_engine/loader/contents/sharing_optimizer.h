// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/jobs.h"
#include "model_engine/loader/read_back.h"
#include "model_engine/loader/transfer_lane.h"
#include "model_engine/memory/contents/component_weights.h"

#include <span>
#include <vector>

namespace weightroom::engine {

/// Reads the bytes of contents in one memory.
class ContentAccess {
public:
    virtual ~ContentAccess() = default;
    [[nodiscard]] virtual Result<ContentDigest> digest(const PlacedContent& content) = 0;
    /// Both have the same size.
    [[nodiscard]] virtual Result<bool> areEqual(const PlacedContent& a, const PlacedContent& b) = 0;
};

/// Of memory of the host.
class HostContentAccess final : public ContentAccess {
public:
    explicit HostContentAccess(HashFold fold = keptHash)
        : m_fold(fold)
    {
    }
    [[nodiscard]] Result<ContentDigest> digest(const PlacedContent& content) override;
    [[nodiscard]] Result<bool> areEqual(const PlacedContent& a, const PlacedContent& b) override;

private:
    const HashFold m_fold;
};

/// Of a device, by reading back on its transfer thread. Errors: Cancelled, and the device's.
class DeviceContentAccess final : public ContentAccess {
public:
    DeviceContentAccess(TransferLane& lane, const std::stop_token& stop, HashFold fold = keptHash);
    [[nodiscard]] Result<ContentDigest> digest(const PlacedContent& content) override;
    [[nodiscard]] Result<bool> areEqual(const PlacedContent& a, const PlacedContent& b) override;

private:
    const HashFold m_fold;
    ReadBack m_first; ///< used on the transfer thread, as the second
    ReadBack m_second;
    Transfer m_transfer; ///< last: ended before the rest goes
};

/// The contents of components that were loaded without sharing and were never compared with others, each once.
[[nodiscard]] std::vector<PlacedContentPtr> contentsNotCompared(std::span<const ComponentWeights* const> components);
/// Hashes and compares contents: others find them from now on, but for those for which there is an equal one. Nothing
/// moves. It holds the contents and not their components, so that these can be evicted meanwhile. Blocks its caller, a
/// job's thread; progress in bytes that were hashed. Errors: Cancelled, and those of `access`.
[[nodiscard]] Result<ContentReplacements> findSecondContents(
    const std::vector<PlacedContentPtr>& contents, ContentStore& store, ContentAccess& access, JobContext& job);

} // namespace weightroom::engine

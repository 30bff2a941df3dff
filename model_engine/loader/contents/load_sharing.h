// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/read_back.h"
#include "model_engine/loader/staged_component.h"
#include "model_engine/loader/transfer_lane.h"

namespace weightroom::engine {

/// What a load shares with others in the cache.
class CacheSharing {
public:
    /// `contents` are those of the cache.
    CacheSharing(ContentStore& contents, HashFold fold)
        : m_contents(contents)
        , m_fold(fold)
    {
    }

    /// Before memory is taken: a tensor whose content is known and in RAM need not be read. One that has to be read is
    /// known by the same id again if it has the same hash then: so is what other files, and devices, have of it.
    void takeKnown(StagedTensor& tensor, const ContentLabel& known) const;
    /// When a tensor has arrived, on a reader's thread, while its last bytes are in the processor's cache: hashes it,
    /// and compares it with what is there under that hash.
    void complete(StagedTensor& tensor) const;
    /// When all has arrived: gives the place back if an equal content is there, or lets others find this one.
    [[nodiscard]] Result<> share(StagedTensor& tensor) const;

private:
    ContentStore& m_contents;
    const HashFold m_fold;
};

/// What a load shares with others on its device. Bytes there are compared by reading them back, on the transfer thread,
/// and only where the ids do not say already that they are equal.
class DeviceSharing {
public:
    /// All must outlive it.
    DeviceSharing(Transfer& transfer, Device& device, std::stop_token stop)
        : m_transfer(transfer)
        , m_contents(device.contents())
        , m_readBack(device, std::move(stop))
    {
    }

    /// Before memory is taken: a tensor of the cache that is on the device already is not copied. One that is converted
    /// is known there when its bytes were converted before. Errors: those of reading back.
    [[nodiscard]] Result<> find(StagedTensor& tensor);
    /// When all was copied: gives the place back if an equal content is there, or lets others find this one. Errors: as
    /// find().
    [[nodiscard]] Result<> share(StagedTensor& tensor);

private:
    [[nodiscard]] Result<bool> holds(const PlacedContent& there, const StagedTensor& tensor);
    void findConverted(StagedTensor& tensor, const ContentLabel& stored);

    Transfer& m_transfer;
    ContentStore& m_contents;
    ReadBack m_readBack; ///< used on the transfer thread
};

} // namespace weightroom::engine

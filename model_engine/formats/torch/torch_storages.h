// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/tensor_index.h"
#include "model_engine/formats/torch/pickle_values.h"

#include <string>
#include <vector>

namespace weightroom::engine {

/// The bytes that one or more tensors lie in, as a pickle describes them; where they are in the file is not known yet.
struct StorageClaim {
    std::string key; ///< its name in the archive
    Dtype dtype = Dtype::Unknown; ///< U8 for an untyped one
    bool isUntyped = false; ///< each tensor in it names a type of its own
    std::uint64_t elements = 0;
    Bytes size; ///< elements × type
};

/// All storages that a pickle names.
struct StorageClaims {
    std::vector<StorageClaim> storages; ///< each key once, in the order of the pickle
    std::vector<std::uint32_t> byNumber; ///< for each of PickleTree::storages(), its index in `storages`

    /// Of a value of kind Storage.
    [[nodiscard]] std::size_t indexOf(const PickleTree& values, PickleRef storage) const
    {
        return byNumber[values.storageNumber(storage)];
    }
};

/// Reads the storages' "persistent ids": what it is, type, key, device, number of elements, and in files of the old
/// format what it is a view of. The device is not looked at. Whether the tree leads to a storage does not matter: each
/// must be right. `format`: TorchZip or TorchLegacy.
/// Errors: InvalidFormat (also for one storage under two types or sizes), UnknownDtype, Unsupported, HeaderTooLarge.
[[nodiscard]] Result<StorageClaims> readStorages(const PickleTree& values, FileFormat format);

} // namespace weightroom::engine

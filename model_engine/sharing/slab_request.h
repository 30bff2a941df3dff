// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/ids.h"
#include "model_engine/core/result.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace weightroom::engine {

/// Slabs of a lease, to be sent to its client.
struct SlabRequest {
    ClientId client;
    LeaseId lease;
    std::size_t first = 0;
    std::size_t count = 0;
};

/// Their descriptors. Whoever gets them takes them out; what is left is closed with the last copy.
using SentSlabs = std::shared_ptr<std::vector<UniqueFd>>;

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/precision/converted_bytes.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace weightroom::engine {

Result<bool> holdsAsLoaded(ReadBack& readBack, std::uint64_t address, const StagedTensor& tensor)
{
    if (!tensor.conversion)
        return readBack.holds(address, tensor.bytes());
    const TensorConversion& conversion = *tensor.conversion;
    HelperThreads helpers{std::max(std::thread::hardware_concurrency(), 1U) - 1};
    std::vector<std::byte> expected;
    PrecisionLoss loss; // known already
    for (std::uint64_t i = 0; i < conversion.blockCount(); ++i) {
        const TensorConversion::Block block = conversion.block(i);
        expected.resize(block.size.value);
        const auto stored = tensor.bytes().subspan(block.storedBegin, block.storedSize.value);
        if (auto done = conversion.convert(block, stored, expected, helpers, loss); !done)
            return fail(std::move(done).error());
        auto isThere = readBack.holds(address + block.begin, expected);
        if (!isThere || !*isThere)
            return isThere;
    }
    return true;
}

} // namespace weightroom::engine

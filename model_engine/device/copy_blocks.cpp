// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/copy_blocks.h"

#include <algorithm>

namespace weightroom::engine {

Result<> forEachBlock(
    std::span<const CopyStep> steps, const std::stop_token& stop, const std::function<Result<>(const CopyStep&)>& copy)
{
    for (CopyStep rest : steps) {
        while (!rest.source.empty()) {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, "upload cancelled");
            const std::size_t size = std::min(rest.source.size(), std::size_t{kLargestCopyBlock.value});
            if (auto copied = copy({rest.source.first(size), rest.destination}); !copied)
                return copied;
            rest = {rest.source.subspan(size), rest.destination + size};
        }
    }
    return {};
}

} // namespace weightroom::engine

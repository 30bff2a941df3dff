// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/cache_memory.h"
#include "model_engine/cache/ram_cache.h"
#include "model_engine/core/jobs/serial_executor.h"
#include "model_engine/loader/contents/compactor.h"
#include "model_engine/loader/contents/content_mover.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace weightroom::test {

/// Components of the RAM cache, whose bytes are those of their letter.
struct CacheScene {
    /// The bytes begin `front` behind the beginning of their places, as those do that lie in step with a file.
    void add(const std::string& letters, std::uint64_t size, std::uint64_t front = 0)
    {
        const std::vector<engine::Bytes> sizes(letters.size(), engine::Bytes{size});
        auto places = memory.arena().allocate(sizes).value();
        for (std::size_t i = 0; i < letters.size(); ++i) {
            auto component = std::make_shared<engine::CachedComponent>();
            component->key = {{std::string{letters[i]}}, {"unet"}};
            places[i].narrow(front, engine::Bytes{size - front});
            memset(engine::hostBytes(places[i]).data(), letters[i], size - front);
            component->weights.tensors.emplace_back("weight", engine::Dtype::U8, engine::Shape{}, std::move(places[i]));
            component->weights.size = engine::Bytes{size - front};
            cache.insert(std::move(component)).reset();
        }
    }
    [[nodiscard]] bool areBytesRight()
    {
        return std::ranges::all_of(cache.components(), [](const engine::CachedComponentPtr& component) {
            const auto bytes = engine::hostBytes(component->weights.tensors.front().content->place());
            const auto letter = static_cast<std::byte>(component->key.model.text.front());
            return std::ranges::all_of(bytes, [&](std::byte byte) { return byte == letter; });
        });
    }
    [[nodiscard]] engine::Result<engine::CompactionOutcome> compact()
    {
        engine::TableContents<engine::CachedComponentPtr> contents{
            executor, memory.contents(), engine::tableOf(cache), [] {}};
        engine::CacheContentMover mover{memory, {}};
        const engine::CompactionControl control{
            .stop = {}, .planned = [](engine::Bytes) {}, .moved = [](engine::Bytes) {}};
        return engine::Compactor{memory.arena(), contents, mover, control}.compact();
    }

    RecordingLog log;
    engine::DeviceSet noGpus;
    engine::CacheMemory memory{engine::kMiB * 64, noGpus, log};
    ManualClock clock;
    engine::RamCache cache{clock};
    engine::SerialExecutor executor{log};
};

} // namespace weightroom::test

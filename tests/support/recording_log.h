// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/log.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace weightroom::test {

/// Keeps what was logged. Thread-safe.
class RecordingLog final : public engine::LogSink {
public:
    void write(engine::LogLevel level, std::string_view message) noexcept override
    {
        const std::lock_guard lock{m_mutex};
        m_messages.emplace_back(level, message);
    }
    /// How many messages of this level hold these words.
    [[nodiscard]] std::size_t count(engine::LogLevel level, std::string_view words) const
    {
        const std::lock_guard lock{m_mutex};
        return static_cast<std::size_t>(std::ranges::count_if(m_messages, [&](const auto& message) {
            return message.first == level && message.second.find(words) != std::string::npos;
        }));
    }

private:
    mutable std::mutex m_mutex;
    std::vector<std::pair<engine::LogLevel, std::string>> m_messages;
};

} // namespace weightroom::test

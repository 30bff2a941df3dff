// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/byte_source.h"

#include <atomic>
#include <cstring>
#include <string>
#include <utility>

namespace weightroom::test {

/// A file in memory for format readers, which counts the reads and fails from the n-th on.
class MemorySource final : public engine::ByteSource {
public:
    static constexpr std::size_t kNeverFails = static_cast<std::size_t>(-1);

    explicit MemorySource(std::string content, std::size_t readsBeforeFailure = kNeverFails)
        : m_content(std::move(content))
        , m_readsBeforeFailure(readsBeforeFailure)
    {
    }

    [[nodiscard]] engine::Bytes size() const override { return engine::Bytes{m_content.size()}; }
    [[nodiscard]] const std::filesystem::path& path() const override { return m_path; }
    [[nodiscard]] engine::Result<> readAt(std::uint64_t offset, std::span<std::byte> destination) const override
    {
        if (m_reads++ >= m_readsBeforeFailure)
            return engine::fail(engine::ErrorCode::IoError, "the test's source fails now", {.path = m_path.string()});
        if (offset > m_content.size() || destination.size() > m_content.size() - offset)
            return engine::fail(engine::ErrorCode::FileTruncated, "a read behind the end of the test's source");
        if (!destination.empty())
            std::memcpy(destination.data(), m_content.data() + offset, destination.size());
        return {};
    }

    [[nodiscard]] std::size_t reads() const { return m_reads; }

private:
    std::string m_content;
    std::size_t m_readsBeforeFailure;
    std::filesystem::path m_path{"memory.safetensors"};
    mutable std::atomic<std::size_t> m_reads{0};
};

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace weightroom::test {

/// A file of a head and a tail with zeros between them, as many as one likes, which remembers what was read. For tests
/// of one thread.
class RecordingSource final : public engine::ByteSource {
public:
    explicit RecordingSource(std::string head, std::uint64_t hole = 0, std::string tail = {})
        : m_head(std::move(head))
        , m_hole(hole)
        , m_tail(std::move(tail))
    {
    }

    [[nodiscard]] engine::Bytes size() const override { return engine::Bytes{tailBegin() + m_tail.size()}; }
    [[nodiscard]] const std::filesystem::path& path() const override { return m_path; }
    [[nodiscard]] engine::Result<> readAt(std::uint64_t offset, std::span<std::byte> destination) const override
    {
        if (offset > size().value || destination.size() > size().value - offset)
            return engine::fail(engine::ErrorCode::FileTruncated, "a read behind the end of the test's source");
        m_reads.push_back({offset, engine::Bytes{destination.size()}});
        std::ranges::fill(destination, std::byte{0});
        copyPart(m_head, 0, offset, destination);
        copyPart(m_tail, tailBegin(), offset, destination);
        return {};
    }

    /// Whether a byte of the range was read.
    [[nodiscard]] bool hasRead(const engine::ByteRange& range) const
    {
        return std::ranges::any_of(m_reads, [&](const engine::ByteRange& read) {
            return std::max(read.begin, range.begin) < std::min(read.end(), range.end());
        });
    }
    /// The largest position that was read, not counting reads that begin in the tail.
    [[nodiscard]] std::uint64_t furthest() const
    {
        std::uint64_t end = 0;
        for (const engine::ByteRange& read : m_reads)
            end = std::max(end, m_tail.empty() || read.begin < tailBegin() ? read.end() : 0);
        return end;
    }

private:
    [[nodiscard]] std::uint64_t tailBegin() const { return m_head.size() + m_hole; }

    static void copyPart(
        const std::string& part, std::uint64_t partBegin, std::uint64_t offset, std::span<std::byte> destination)
    {
        const std::uint64_t begin = std::max(partBegin, offset);
        const std::uint64_t end = std::min(partBegin + part.size(), offset + destination.size());
        if (begin < end)
            std::memcpy(destination.data() + (begin - offset), part.data() + (begin - partBegin), end - begin);
    }

    std::string m_head;
    std::uint64_t m_hole;
    std::string m_tail;
    std::filesystem::path m_path{"recording.ckpt"};
    mutable std::vector<engine::ByteRange> m_reads;
};

} // namespace weightroom::test

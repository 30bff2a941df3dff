// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"

namespace weightroom::engine {

/// What a format reader reads from. A seam: tests hand in sources that fail at the n-th read or end too early.
/// readAt may be called from several threads.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    [[nodiscard]] virtual Bytes size() const = 0;
    /// Fills all of `destination` or fails.
    [[nodiscard]] virtual Result<> readAt(std::uint64_t offset, std::span<std::byte> destination) const = 0;
    /// For the text of errors.
    [[nodiscard]] virtual const std::filesystem::path& path() const = 0;
};

/// A source over an open file; borrows it.
class FileSource final : public ByteSource {
public:
    explicit FileSource(const InputFile& file)
        : m_file(file)
    {
    }
    [[nodiscard]] Bytes size() const override { return m_file.identity().size; }
    [[nodiscard]] Result<> readAt(std::uint64_t offset, std::span<std::byte> destination) const override
    {
        return m_file.readAt(offset, destination);
    }
    [[nodiscard]] const std::filesystem::path& path() const override { return m_file.path(); }

private:
    const InputFile& m_file;
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion_plan.h"
#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/formats/precision.h"

#include <optional>
#include <span>
#include <vector>

namespace weightroom::engine {

/// The bytes of one tensor in its new type, from the first to the last. It holds 256 Ki elements at once, and all of a
/// part that is a strided view.
class TensorStream {
public:
    /// All of it must outlive the stream.
    TensorStream(const OpenFiles& files, const OutputTensor& tensor, PrecisionLoss& loss);

    /// Goes on behind the first `bytes`, which are whole elements, and end a block where the tensor is stored in
    /// blocks. Call it before the first read().
    void skip(std::uint64_t bytes);
    /// Gives the next bytes: whole elements, and no more than the tensor has. Errors: those of reading and of
    /// convertElements().
    [[nodiscard]] Result<> read(std::span<std::byte> block);

private:
    [[nodiscard]] const TensorEntry& part() const { return m_tensor.parts[m_part]; }
    /// Bytes that can be given at once when there is room for so many; of one part, and whole elements.
    [[nodiscard]] std::uint64_t nextSize(std::uint64_t room) const;
    [[nodiscard]] bool isKept() const { return part().dtype == m_tensor.description.dtype; }
    /// Bytes of the part as it is stored, for bytes of it in the new type; and the other way round.
    [[nodiscard]] std::uint64_t storedBytes(std::uint64_t written) const;
    [[nodiscard]] std::uint64_t writtenBytes(std::uint64_t stored) const;
    [[nodiscard]] Result<> readConverted(std::span<std::byte> block);
    [[nodiscard]] Result<> readStored(std::span<std::byte> bytes);
    [[nodiscard]] Result<> gather();

    const OpenFiles& m_files;
    const OutputTensor& m_tensor;
    PrecisionLoss& m_loss;
    std::size_t m_part = 0;
    std::uint64_t m_offset = 0; ///< in the part, in bytes as they are stored
    std::optional<std::vector<std::byte>> m_gathered; ///< the part, when it is a strided view
    std::vector<std::byte> m_stored;
};

} // namespace weightroom::engine

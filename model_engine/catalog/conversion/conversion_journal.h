// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion_key.h"
#include "model_engine/core/files/file.h"
#include "model_engine/formats/precision.h"

#include <optional>

namespace weightroom::engine {

/// How far the files of a conversion are durable. Those of the plan before `file` are whole.
struct DurablePoint {
    std::uint64_t file = 0; ///< number in the plan
    Bytes size{}; ///< of that file, from its beginning
    Bytes checked{}; ///< how many of these bytes, the last ones, `hash` is of
    std::uint64_t hash = 0; ///< see RunningHash
    PrecisionLoss loss{}; ///< of all that was written until there
};

/// The durable points of a conversion, one record of fixed size behind the other, each with the key, its number and a
/// checksum. What is not exactly that is not believed: a torn record at the end leaves the one before it, anything else
/// leaves none. The numbers are in the byte order of the machine. Used by one thread.
class ConversionJournal {
public:
    /// Bytes of one record.
    static constexpr Bytes kRecord{112};

    /// Of a file that is open for reading and writing, and takes it over. Errors: IoError.
    [[nodiscard]] static Result<ConversionJournal> read(
        UniqueFd descriptor, std::filesystem::path path, const ConversionKey& key);

    /// Where an earlier run, or this one, has come to.
    [[nodiscard]] const std::optional<DurablePoint>& last() const { return m_last; }
    /// Makes a point durable. The bytes that it tells of are durable already. Errors: DiskFull, IoError.
    [[nodiscard]] Result<> append(const DurablePoint& point);
    /// Forgets all points. Errors: IoError.
    [[nodiscard]] Result<> clear();

private:
    ConversionJournal(UniqueFd descriptor, std::filesystem::path path, const ConversionKey& key);
    [[nodiscard]] Result<> cutTo(std::uint64_t records);

    UniqueFd m_descriptor;
    std::filesystem::path m_path;
    ConversionKey m_key;
    std::optional<DurablePoint> m_last;
    std::uint64_t m_records = 0;
};

} // namespace weightroom::engine

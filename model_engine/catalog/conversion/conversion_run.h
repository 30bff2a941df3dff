// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion.h"
#include "model_engine/catalog/conversion/conversion_plan.h"
#include "model_engine/catalog/conversion/partial_output.h"
#include "model_engine/catalog/conversion/running_hash.h"
#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/core/files/partial_file.h"

#include <span>
#include <vector>

namespace weightroom::engine {

/// Carries a plan out, from its beginning or from where an earlier run has come to. The calls in this order. Used by
/// one thread.
class ConversionRun {
public:
    /// `contents`: one for each file of the plan. All of it must outlive the run.
    ConversionRun(const OpenedModel& model, const ConversionPlan& plan, std::span<const SafetensorsContent> contents,
        PartialOutput& output, const ConversionControl& control);

    /// Looks at what is there, and takes the room of all files before the first byte is written. Errors: DiskFull with
    /// what all files need, those of PartialOutput.
    [[nodiscard]] Result<> prepare();
    /// Errors: Cancelled, FileChanged, those of reading and writing.
    [[nodiscard]] Result<> write();
    /// `target`: where the files are in the end.
    [[nodiscard]] ConversionReport report(const std::filesystem::path& target) const;

private:
    [[nodiscard]] std::filesystem::path pathOf(std::size_t file) const;
    [[nodiscard]] Bytes dataSizeOf(std::size_t file) const;
    [[nodiscard]] bool canGoOnFrom(const DurablePoint& point) const;
    void goOnFrom(const DurablePoint& point);
    [[nodiscard]] Result<> takeRoomFor(std::size_t file);
    [[nodiscard]] Error ofAllFiles(Error error) const;
    [[nodiscard]] Result<> writeFile(std::size_t file, Bytes begin);
    [[nodiscard]] Result<> append(std::size_t file, std::span<const std::byte> block);
    [[nodiscard]] Result<> noteDurable(std::size_t file);
    void tellProgress() const;

    const OpenedModel& m_model;
    const ConversionPlan& m_plan;
    const std::span<const SafetensorsContent> m_contents;
    PartialOutput& m_output;
    const ConversionControl& m_control;
    std::vector<PartialFile> m_files;
    Bytes m_total; ///< of all weights
    Bytes m_done; ///< of them, read for the files
    Bytes m_resumed; ///< of them, by an earlier run
    Bytes m_taken; ///< on the disk, by all files
    Bytes m_position; ///< in the file that is written
    RunningHash m_hash; ///< of the last m_hashed bytes in front of it
    Bytes m_hashed;
    Bytes m_sincePoint; ///< bytes that are not durable yet, of all files
    PrecisionLoss m_loss;
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion_journal.h"
#include "model_engine/core/files/new_file.h"

#include <filesystem>

namespace weightroom::engine {

/// What a conversion has written so far, in a hidden folder beside its target:
///
///     .weightroom-<hash of the target's name>.convert.part/
///         journal     locked by who writes; how far the content is durable, and of which conversion it is
///         content     the file, or the folder, that is to get the target's name
///
/// Whole or not at all holds for the target: it gets its name last. Of what is hidden the destructor leaves what a
/// later conversion can go on with, and nothing else; so does a killed process, but for what had no durable point yet,
/// which removeLeftovers() removes. Used by one thread.
class PartialOutput {
public:
    /// The output of the conversion with this key: what an earlier run of the same has left, if it can be believed
    /// (point()), and otherwise an empty one. What is left of another conversion to this target is removed. Errors:
    /// FileInUse, while another one is writing to this target; NotFound (the folder above), PermissionDenied, DiskFull,
    /// IoError.
    [[nodiscard]] static Result<PartialOutput> open(const std::filesystem::path& target, const ConversionKey& key);

    PartialOutput(PartialOutput&& other) noexcept;
    PartialOutput& operator=(PartialOutput&&) = delete;
    PartialOutput(const PartialOutput&) = delete;
    PartialOutput& operator=(const PartialOutput&) = delete;
    ~PartialOutput();

    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder; }
    [[nodiscard]] std::filesystem::path content() const { return m_folder / "content"; }
    /// Makes the content a folder, and one of this name in it; nothing: the content alone. Errors: those of open().
    [[nodiscard]] Result<> addFolder(const std::filesystem::path& name) const;

    [[nodiscard]] const std::optional<DurablePoint>& point() const { return m_journal.last(); }
    /// Makes names and journal durable; the bytes of the files are already. Errors: DiskFull, IoError.
    [[nodiscard]] Result<> note(const DurablePoint& point);
    /// Removes what was written, and begins with nothing. Errors: IoError.
    [[nodiscard]] Result<> startAnew();
    /// Lets the destructor leave nothing.
    void discard() { m_isWorthKeeping = false; }
    /// Makes the names in the content durable, and gives it the target's. Its files are durable already. Errors:
    /// AlreadyExists, IoError. Call it once.
    [[nodiscard]] Result<> commit(IfExists ifExists);

private:
    PartialOutput(std::filesystem::path folder, std::filesystem::path target, ConversionJournal journal);
    [[nodiscard]] Result<> takeName(IfExists ifExists) const;

    std::filesystem::path m_folder; ///< empty once it was moved from
    std::filesystem::path m_target;
    ConversionJournal m_journal; ///< holds the lock; the folder goes before it
    bool m_isWorthKeeping = true;
    bool m_hasDurableNames = false;
};

/// The hidden folder of a target.
[[nodiscard]] std::filesystem::path partialFolderOf(const std::filesystem::path& target);

} // namespace weightroom::engine

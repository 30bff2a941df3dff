// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/snapshot.h"
#include "ui/bridge/job_view.h"
#include "ui/bridge/model_row.h"

#include <map>

namespace weightroom::ui {

/// Turns the engine's snapshots into values of the window. It remembers the facts of models that it has seen, so that a
/// snapshot in which only residency changed costs no text conversion. Used on the GUI thread only.
class ViewConversion {
public:
    [[nodiscard]] LibraryView library(const engine::EngineSnapshot& snapshot);

private:
    using FactsPtr = std::shared_ptr<const ModelFacts>;
    using NotesBySettings = std::map<engine::ModelSettingsPtr, std::shared_ptr<const ModelNotes>>;

    [[nodiscard]] std::shared_ptr<const ModelNotes> notesOf(
        const engine::ModelState& state, NotesBySettings& notes) const;

    /// Keyed by record, which is immutable; the record is kept, so that its address cannot come back as another one.
    std::map<engine::ModelRecordPtr, FactsPtr> m_facts;
    NotesBySettings m_notes; ///< likewise
};

[[nodiscard]] ModelStatus modelStatus(const engine::ModelState& state);
[[nodiscard]] JobView jobView(const engine::JobSnapshot& job);

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/snapshot.h"
#include "ui/bridge/views/job_view.h"
#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/model_row.h"

#include <map>

namespace weightroom::ui {

/// Turns the engine's snapshots into values of the window. It remembers the facts of models that it has seen, so that a
/// snapshot in which only residency changed costs no text conversion, and the times at which models go, so that these
/// do not change back and forth. Used on the GUI thread only.
class ViewConversion {
public:
    [[nodiscard]] LibraryView library(const engine::EngineSnapshot& snapshot);

private:
    using FactsPtr = std::shared_ptr<const ModelFacts>;
    using NotesBySettings = std::map<engine::ModelSettingsPtr, std::shared_ptr<const ModelNotes>>;

    using LoadedUntil = decltype(ModelStatus::loadedUntil);

    [[nodiscard]] std::shared_ptr<const ModelNotes> notesOf(
        const engine::ModelState& state, NotesBySettings& notes) const;
    [[nodiscard]] ModelStatus statusOf(
        const engine::ModelState& state, std::map<engine::ModelId, LoadedUntil>& loadedUntil) const;

    /// Keyed by record, which is immutable; the record is kept, so that its address cannot come back as another one.
    std::map<engine::ModelRecordPtr, FactsPtr> m_facts;
    NotesBySettings m_notes; ///< likewise
    std::map<engine::ModelId, LoadedUntil> m_loadedUntil; ///< as told last; of those that are to go
};

[[nodiscard]] ModelStatus modelStatus(const engine::ModelState& state);
/// `memory`: what lies in the memories, for what is advised where it failed.
[[nodiscard]] JobView jobView(const engine::JobSnapshot& job, const QList<MemoryView>& memory = {});
/// Whether the list of activities shows it. What the engine began by itself is told of when it has failed or found
/// something; what other programs lend and give back, when something has come of it: a program may just have asked
/// whether there is anything to attach to.
[[nodiscard]] bool isWorthTelling(const JobView& job);

} // namespace weightroom::ui

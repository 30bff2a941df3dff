// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/contents/content_mover.h"
#include "model_engine/loader/contents/movable_contents.h"
#include "model_engine/memory/contents/compaction_plan.h"
#include "model_engine/memory/contents/evacuation.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// Cancels a compaction and hears how far it is. Both functions are called on the thread of compact().
struct CompactionControl {
    std::stop_token stop;
    std::function<void(Bytes)> planned; ///< so many bytes more will be moved
    std::function<void(Bytes)> moved; ///< so many bytes more have been
};

/// What a compaction did. Efficiency of a memory is allocated ÷ held.
struct CompactionOutcome {
    ArenaStatistics before;
    ArenaStatistics after;
    std::uint64_t tensorsMoved = 0; ///< one that is moved twice counts twice
    Bytes moved;
    Bytes freed; ///< slabs that were emptied, without those that were made for it
    Bytes predicted; ///< what the plans of its steps said that these would free
    bool isGivenUp = false; ///< a load needed the space that was about to be gained
    /// What one more step would free if there were room for new slabs, or if nothing were in use.
    Bytes keptByShortage;
    Bytes keptByUse;
};

/// Brings together what lies in sparse slabs of one memory, so that slabs can be given back: step by step, each of
/// which copies contents to new places, and then puts these into the table at once (see MovableContents). What is in
/// use is not moved, and its slab stays. Loads and unloads go on beside it.
///
///     plan ─ keep new places out of the slabs ─ take places ─ copy ─ exchange ─ slabs are empty, and go back
///
/// A step takes at most kSlabsOfAStep of memory for a moment, as far as the budget has them; where it has not, what
/// fits into free space is brought together. An error or a cancel undoes what was not exchanged yet; what was stays,
/// and holds no more than before.
class Compactor {
public:
    /// All must outlive it.
    Compactor(Arena& arena, MovableContents& contents, ContentMover& mover, const CompactionControl& control)
        : m_arena(arena)
        , m_contents(contents)
        , m_mover(mover)
        , m_control(control)
    {
    }

    /// To be called once. Blocks its caller, a job's thread. Errors: Cancelled; Busy, when another one is at work on
    /// this memory; those of the mover, and those of taking slabs, but for a shortage.
    [[nodiscard]] Result<CompactionOutcome> compact();

    /// What a step may take of new slabs, and what is exchanged at once, in slabs of the arena's usual size: 1 GiB, a
    /// tenth of a second in RAM. More would be undone by whoever takes one of the contents meanwhile.
    static constexpr std::uint64_t kSlabsOfAStep = 4;

private:
    enum class Step : std::uint8_t { None = 0, Done, Missed, GivenUp };
    /// What may move, by address.
    using Contents = std::map<std::uint64_t, std::weak_ptr<const PlacedContent>>;
    /// Moves, and the bytes of each; without places at first.
    struct Batch {
        std::vector<ContentMove> moves;
        std::vector<Bytes> sizes;
    };

    [[nodiscard]] Contents movable();
    [[nodiscard]] CompactionPlan planFor(const Contents& contents, Bytes mostNew) const;
    [[nodiscard]] Bytes mostNew() const;
    [[nodiscard]] Bytes stepSize() const;
    [[nodiscard]] Result<Step> carryOut(const CompactionPlan& plan, const Contents& contents);
    [[nodiscard]] Result<Step> move(Evacuation& evacuation, Batch& batch, Bytes mostNew);
    [[nodiscard]] static std::vector<Batch> inParts(Batch batch, Bytes mostAtOnce);
    [[nodiscard]] static std::optional<Batch> batchOf(const std::vector<SlabLayout>& slabs, const Contents& contents);
    [[nodiscard]] Result<> copy(const Batch& batch);
    void noteWhatIsLeft();

    Arena& m_arena;
    MovableContents& m_contents;
    ContentMover& m_mover;
    const CompactionControl& m_control;
    CompactionOutcome m_outcome;
    bool m_isShort = false; ///< there was no memory for new slabs
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/ids.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// How a component was come by. Prefetch is no use: it was read ahead, in idle time, on a guess.
enum class UseKind : std::uint8_t { None = 0, Hit, Miss, Prefetch };

[[nodiscard]] std::string_view toText(UseKind kind); ///< "none", "hit", "miss", "prefetch"
[[nodiscard]] std::optional<UseKind> useKindFromText(std::string_view text); ///< nothing for "none" too

/// One use of one component, by a load that has succeeded (K1).
struct UsageEvent {
    Clock::Wall at{}; ///< the same for all components of one load
    Clock::Wall runStartedAt{}; ///< when the engine was made: its cache was empty then
    ComponentKey key;
    UseKind kind = UseKind::None;
    Bytes size;
    std::chrono::duration<double> loadCost{}; ///< Hit: that it has saved; else: that reading took

    friend bool operator==(const UsageEvent&, const UsageEvent&) = default;
};

/// What is known of the uses of one component over a period (K1).
struct ComponentUsage {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    Clock::Wall firstUsedAt{};
    Clock::Wall lastUsedAt{};
    Bytes size; ///< when it was used last
    std::chrono::duration<double> timesOfReading{}; ///< sum over reads, ahead or not
    std::uint64_t reads = 0;

    [[nodiscard]] std::uint64_t uses() const { return hits + misses; }
    /// Absent with fewer than two uses, and where the clock was set back.
    [[nodiscard]] std::optional<std::chrono::duration<double>> meanInterval() const;
    /// Absent when no read is known.
    [[nodiscard]] std::optional<std::chrono::duration<double>> meanLoadCost() const;
};

using UsageByComponent = std::map<ComponentKey, ComponentUsage>;

/// The components that one load has used: what the prediction learns from.
struct ModelUse {
    ModelId model;
    std::vector<ComponentId> components;
    Clock::Wall at{};
    Clock::Wall runStartedAt{};
};

/// The last uses of components, of this run of the engine and of earlier ones, oldest first. Bounded. Lives on the
/// engine thread: no locks.
class UsageLog {
public:
    using Events = std::deque<UsageEvent>;

    /// Some 100 bytes each. Who switches models every five minutes of a working day, at five components each, fills it
    /// in three weeks.
    static constexpr std::size_t kMostEvents = 10'000;
    /// A habit of a month ago says little.
    static constexpr std::chrono::hours kRetention{24 * 30};

    void add(UsageEvent event);
    /// Puts the events of earlier runs, oldest first, before those of this one.
    void restore(std::span<const UsageEvent> earlier);

    [[nodiscard]] const Events& events() const { return m_events; }
    /// What has not been kept yet, and the mark to give to setKept() once it is.
    struct Unkept {
        std::vector<UsageEvent> events;
        std::uint64_t mark = 0;
    };
    [[nodiscard]] Unkept unkept() const;
    [[nodiscard]] std::size_t unkeptCount() const;
    void setKept(std::uint64_t mark);

private:
    Events m_events;
    std::uint64_t m_added = 0; ///< in this run
    std::uint64_t m_kept = 0; ///< of these
};

/// The uses since `since`, by component; what was only read ahead is there with no uses.
[[nodiscard]] UsageByComponent usageByComponent(const UsageLog::Events& events, Clock::Wall since);

/// The loads that the events come from, oldest first; reading ahead is left out.
[[nodiscard]] std::vector<ModelUse> modelUses(const UsageLog::Events& events);

} // namespace weightroom::engine

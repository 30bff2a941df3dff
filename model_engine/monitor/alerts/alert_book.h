// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/ids.h"
#include "model_engine/core/result.h"
#include "model_engine/monitor/alerts/alert.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What is known now about one condition of one device.
struct AlertInput {
    AlertKind kind = AlertKind::None;
    DeviceId device;
    /// In the unit of the kind. Absent, of a memory: it could not be asked, which changes nothing. Absent, of loads:
    /// there were none in the whole period, and none was slow and none has failed.
    std::optional<double> value{};
};

/// What has happened to an alert. Raised and Recovered are news to the user; Worsened is only worth keeping.
enum class AlertNews : std::uint8_t { None = 0, Raised, Worsened, Recovered, Acknowledged };
[[nodiscard]] std::string_view toText(AlertNews news); ///< "raised", "worsened", "recovered", "acknowledged"

struct AlertChange {
    Alert alert; ///< as it is from now on
    AlertNews news = AlertNews::None;

    friend bool operator==(const AlertChange&, const AlertChange&) = default;
};

/// Which alerts there are, from one look at the devices to the next. Has neither clock nor IO. One thread at a time.
///
/// A condition raises one alert, which goes on, and stays acknowledged, until the value has been low enough for the
/// rule's hold; after that it raises a new one. Between two updates a value counts as unchanged; time in which it is
/// unknown does not count for the hold. Holds are measured by the steady clock; the wall clock gives the stamps only.
class AlertBook {
public:
    /// More are not shown: of those that have recovered the oldest drop out. Three for each device is all that can be
    /// active at a time.
    static constexpr std::size_t kMostShown = 100;

    /// What an earlier run has left is being read: until restore(), or until this moment, nothing is raised.
    void awaitEarlier(Clock::Steady until) { m_awaitedUntil = until; }
    /// What an earlier run has left, in any order: active alerts go on, and new ones get higher numbers. Before the
    /// first update() that was not told to wait. False: it comes too late, and is left out.
    bool restore(std::vector<Alert> alerts);

    /// The changes since the last update: those of known alerts first, then what was raised. `inputs` has all that is
    /// watched, each kind of each device once: what is not among them is gone, and its alert has recovered. So has at
    /// once what has no rule any more, or one that is not enabled; where the rule has another threshold, that one
    /// counts from now on.
    [[nodiscard]] std::vector<AlertChange> update(
        std::span<const AlertRule> rules, std::span<const AlertInput> inputs, Clock::Steady steady, Clock::Wall wall);

    /// Somebody has seen it. News None: somebody had before, and the first time stays. Errors: AlertNotFound, also for
    /// one that is not shown any more.
    [[nodiscard]] Result<AlertChange> acknowledge(std::uint64_t number, Clock::Wall wall);

    /// Those that are active, or have recovered and are not acknowledged; the newest last.
    [[nodiscard]] const std::vector<Alert>& shown() const { return m_alerts; }
    /// The highest number that an earlier run has left: what has a higher one was raised by this book. 0: none was
    /// left.
    [[nodiscard]] std::uint64_t lastEarlier() const { return m_lastEarlier; }

private:
    struct Key {
        AlertKind kind = AlertKind::None;
        DeviceId device;

        friend auto operator<=>(const Key&, const Key&) = default;
        friend bool operator==(const Key&, const Key&) = default;
    };
    /// All that one update needs to know.
    struct Look {
        std::span<const AlertRule> rules;
        std::span<const AlertInput> inputs;
        Clock::Steady steady;
        Clock::Wall wall;
    };
    /// On which side of its threshold a value lies; Between is neither: too low to raise, too high to recover.
    enum class Side : std::uint8_t { Unknown = 0, Below, Between, Above };

    [[nodiscard]] static Side sideOf(const AlertRule& rule, const AlertInput& input);
    [[nodiscard]] const Alert* activeAlert(const Key& key) const; ///< the newest; nullptr: there is none
    /// Of an active one.
    [[nodiscard]] AlertNews judge(Alert& alert, const Look& look);
    void raiseNew(const Look& look, std::vector<AlertChange>& changes);
    /// Whether a value has been on the wanted side for the rule's hold.
    [[nodiscard]] bool hasHeld(const AlertRule& rule, const AlertInput& input, Side wanted, Clock::Steady now);
    [[nodiscard]] std::uint64_t nextNumber(Clock::Wall wall);
    void dropOld();

    std::vector<Alert> m_alerts; ///< by their numbers
    std::map<Key, Clock::Steady> m_turning; ///< since when a value is where it raises an alert, or ends the active one
    Clock::Steady m_updatedAt{};
    std::optional<Clock::Steady> m_awaitedUntil; ///< absent: nobody waits for earlier alerts any more
    bool m_isTooLate = false; ///< for them
    std::uint64_t m_lastNumber = 0;
    std::uint64_t m_lastEarlier = 0; ///< that was restored
};

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/kept_database.h"
#include "model_engine/monitor/alerts/alert.h"
#include "model_engine/monitor/loads/load_event.h"
#include "model_engine/monitor/metric.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace weightroom::engine {

/// The spans of time over which samples are put together; the finer, the shorter they are kept.
enum class HistoryStep : std::uint8_t { Unknown = 0, Second, Minute, Hour };
[[nodiscard]] std::chrono::seconds lengthOf(HistoryStep step); ///< 1, 60, 3600

/// How long the history keeps what.
struct HistoryRetention {
    std::chrono::seconds seconds = std::chrono::minutes{20}; ///< fifteen are always there, whenever it is pruned
    std::chrono::seconds minutes = std::chrono::days{7};
    std::chrono::seconds hours = std::chrono::days{365}; ///< loads and alerts too

    [[nodiscard]] std::chrono::seconds of(HistoryStep step) const;
    /// What was before is not kept. Never before 1970.
    [[nodiscard]] Clock::Wall oldest(HistoryStep step, Clock::Wall now) const;
    friend bool operator==(const HistoryRetention&, const HistoryRetention&) = default;
};

/// What is added to the history together, or not at all.
struct HistoryBatch {
    std::vector<MetricSample> samples;
    std::vector<LoadEvent> loads;
    std::vector<Alert> alerts; ///< each as it is now

    [[nodiscard]] bool isEmpty() const { return samples.empty() && loads.empty() && alerts.empty(); }
};

/// A span of time: from `from` on, before `to`.
struct HistorySpan {
    Clock::Wall from{};
    Clock::Wall to{};
};

/// A series over a span.
struct SeriesHistory {
    HistoryStep step = HistoryStep::Unknown;
    std::vector<MetricPoint> points; ///< by time; spans without samples have none
    std::chrono::seconds length{}; ///< that each point spans: the step, or more where neighbours were put together
};

/// What the engine knows of earlier times: monitor.sqlite3 in the user's data folder. Samples are put together by
/// seconds, minutes and hours at once, so that after a crash at any moment every table has all of a batch or none of
/// it. Opened when it is first used. Any thread that may wait for the disk.
///
/// What is written by a version that knows more (metrics, kinds of alerts) is left out when it is read, and stays until
/// it is too old.
///
/// Costs, for 40 series at 1 Hz with a year of history (57 MB): writing ten seconds 4 ms with the sync of the disk, 2
/// ms of it at work; reading 15 minutes of a series 2 ms, a week of minutes or a year of hours 6 ms; pruning every five
/// minutes 10 ms, after a week without 180 ms. Measured 2026-11-27 on 2 cores with a virtual disk.
///
/// Errors of all functions: those of KeptDatabase. Those that write fail with FileInUse while another process writes.
class HistoryStore {
public:
    /// The newest that prune() leaves, however young: 12 MB, a load a minute day and night for ten weeks.
    static constexpr std::size_t kMostLoads = 100'000;
    /// Alerts that are active at a time: three for each device is all that one engine has.
    static constexpr std::size_t kMostActive = 1000;
    /// That one question puts together: 100 ms. A week of minutes is 10'080 rows of a series, so 15 of them.
    static constexpr std::size_t kMostRows = 160'000;

    /// `dataFolder` empty: nothing is kept, write() and the others do nothing and find nothing.
    HistoryStore(const std::filesystem::path& dataFolder, const Clock& clock, LogSink& log);

    [[nodiscard]] bool isOnDisk() const { return m_file.isOnDisk(); }

    /// Adds a batch, in one transaction. A sample of a second that has some already, because the clock was set back,
    /// counts with these. Left out is what no reader could make sense of: values that are not finite (or beyond 1e290),
    /// samples of before 1970 or of Metric::None, loads that have ended in no known way, alerts without a number or a
    /// kind. Times of loads and alerts are kept to the microsecond.
    ///
    /// What is there of an alert is brought up to date: the worst value of all, and the first recovery and
    /// acknowledgement, as another engine of this folder may have had it in mind too. One whose number another alert
    /// has (by its kind, device or time) is left out.
    [[nodiscard]] Result<> write(const HistoryBatch& batch);
    /// What is older than it is to be kept goes; of loads also what is more than kMostLoads. An alert is as old as its
    /// recovery: an active one stays. So does the alert with the highest number.
    [[nodiscard]] Result<> prune(const HistoryRetention& retention);

    /// One series, of which neighbours are put together where there are more than `mostPoints`. `step` Unknown: the
    /// finest that still has the span's beginning; but where that would take more than `mostRows`, or would give points
    /// as long as those of the next step, that one. The first point may begin before the span and reach into it.
    [[nodiscard]] Result<SeriesHistory> read(const SeriesKey& series, const HistorySpan& span, std::size_t mostPoints,
        HistoryStep step = HistoryStep::Unknown, std::size_t mostRows = kMostRows);
    /// Several series, each once, as read() gives each; `mostRows` are those of all together. They are of one moment,
    /// whatever is written meanwhile. Where it is half of all that there is or more, it takes half of the time of
    /// reading one after the other, and up to 40 MB of memory meanwhile: a year of hours of 40 series 160 ms.
    [[nodiscard]] Result<std::vector<SeriesHistory>> readAll(std::span<const SeriesKey> series, const HistorySpan& span,
        std::size_t mostPoints, HistoryStep step = HistoryStep::Unknown, std::size_t mostRows = kMostRows);
    /// The first `most` points of a series in a span, none put together. `step` Unknown: the finest that still has the
    /// span's beginning. Who wants the others goes on behind the last one, in the step that this has given.
    [[nodiscard]] Result<SeriesHistory> readFirst(
        const SeriesKey& series, const HistorySpan& span, std::size_t most, HistoryStep step = HistoryStep::Unknown);
    /// All of a series in a span as one point, by the finest step that still has its beginning; nothing where there are
    /// no samples.
    [[nodiscard]] Result<std::optional<MetricPoint>> whole(const SeriesKey& series, const HistorySpan& span);
    /// Which series there are.
    [[nodiscard]] Result<std::vector<SeriesKey>> series();
    /// By time.
    [[nodiscard]] Result<std::vector<LoadEvent>> loads(const HistorySpan& span);
    /// The newest first, by their numbers, of those below `before`. `most`: at most so many.
    [[nodiscard]] Result<std::vector<Alert>> alerts(
        std::size_t most, std::uint64_t before = std::numeric_limits<std::uint64_t>::max());
    /// What the next run has to know: these, and all that are active, however old; of the latter kMostActive.
    [[nodiscard]] Result<std::vector<Alert>> alertsToGoOn(std::size_t most);

private:
    template <class Found, class Look>
    [[nodiscard]] Result<Found> look(Found nothing, Look find);
    template <class Change>
    [[nodiscard]] Result<> change(Change carryOut);

    const Clock& m_clock;
    std::mutex m_mutex; ///< guards the file, and is held over its use
    KeptDatabase m_file;
};

} // namespace weightroom::engine

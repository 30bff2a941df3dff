// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/time_point.h"

#include <QDateTime>
#include <QHash>
#include <QList>
#include <QSet>
#include <QString>
#include <QStringList>

#include <optional>

namespace weightroom::ui {

/// Whose numbers over time: a metric of the engine, by its own name.
struct SeriesId {
    QString metric; ///< "memory_held"
    QString deviceId; ///< empty: of the machine

    friend bool operator==(const SeriesId&, const SeriesId&) = default;
    friend size_t qHash(const SeriesId& id, size_t seed = 0) { return qHashMulti(seed, id.metric, id.deviceId); }
};

/// Who has bytes of a memory. As the engine's LedgerOwner.
enum class LedgerKind : quint8 {
    None = 0,
    Component,
    Shared,
    Loading,
    Overhead,
    Ready,
    Context,
    Process,
    Reserved,
    Unattributed,
    Free,
};

/// What a program does on a GPU. As the engine's GpuWork.
enum class ProcessWork : quint8 { Unknown = 0, Compute, Graphics, ComputeAndGraphics };

struct LedgerRow {
    LedgerKind kind = LedgerKind::None;
    quint64 bytes = 0;
    QString modelId; ///< of a component, and of what is loading
    QString modelName; ///< safe to show
    QString componentId;
    qint64 processId = 0;
    QString processName; ///< safe to show; empty: unknown
    std::optional<quint64> reported; ///< of a process, what the driver says of it; unknown is not zero
    ProcessWork work = ProcessWork::Unknown; ///< of a process

    friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

/// One line about a GPU, or another thing that is watched: "Temperature", "61 °C". What it does not report says so.
struct GpuFigure {
    QString name;
    QString value;
    bool isKnown = false;

    friend bool operator==(const GpuFigure&, const GpuFigure&) = default;
};

/// A device, or the RAM cache, as it is watched. The rows of the ledger add up to its total.
struct WatchedMemory {
    QString id; ///< as MemoryView's
    QString title; ///< safe to show
    MemoryPlace place = MemoryPlace::None;
    quint64 total = 0;
    quint64 capacity = 0; ///< what this program may have of it at most; the rest is left to others. 0: all
    bool areOthersKnown = true; ///< false: total and free are of what this program may have
    QList<LedgerRow> ledger;
    QList<GpuFigure> figures; ///< of a GPU that was read
    /// How old these figures are, and what the ledger has of others, in seconds, where they are those of an earlier
    /// look; absent: they are new.
    std::optional<int> age{};
    bool isAsleep = false; ///< and is not woken to be asked
    QString problem; ///< why a GPU could not be read; empty: it could, or there is no GPU

    [[nodiscard]] quint64 bytesOf(LedgerKind kind) const;
    friend bool operator==(const WatchedMemory&, const WatchedMemory&) = default;
};

enum class AlertLevel : quint8 { None = 0, Info, Warning, Error };

struct AlertView {
    quint64 number = 0;
    AlertLevel level = AlertLevel::None;
    QString title; ///< "GPU_0: memory is nearly full"
    QString sentence; ///< what it was, and what helps
    bool isActive = false;
    bool isAcknowledged = false;
    QDateTime raisedAt;
    std::optional<QDateTime> recoveredAt;

    friend bool operator==(const AlertView&, const AlertView&) = default;
};

/// What the engine has seen of itself, its devices and the machine.
struct MonitorView {
    /// Milliseconds between two looks at a GPU that could sleep and has nothing to do. As the engine's.
    static constexpr qint64 kRestingStep = 30'000;

    qint64 at = 0; ///< milliseconds since 1970 (UTC)
    QList<WatchedMemory> memories; ///< devices in the engine's order, then the cache
    QMultiHash<SeriesId, double> samples; ///< the numbers of this moment; several of loads that ended together
    QSet<SeriesId> resting; ///< that have no number now, because a GPU is left to find its sleep
    QList<AlertView> alerts; ///< active, or not acknowledged yet; the newest first
    quint64 lastEarlierAlert = 0; ///< alerts with higher numbers were raised while this program runs
    QList<GpuFigure> group; ///< of the control group that this program runs in; empty: it tells nothing
    QString historyProblem; ///< why the history is not kept; empty: it is

    /// nullptr: there is none of this id.
    [[nodiscard]] const WatchedMemory* find(const QString& id) const;
};

/// What is asked of the history.
struct HistoryRequest {
    QStringList metrics; ///< empty: all
    QString deviceId; ///< empty: of all devices
    qint64 from = 0; ///< milliseconds since 1970 (UTC)
    qint64 to = 0;
    int mostPoints = 500; ///< for each series
};

/// One series over a period. Each has a step of its own: what was seldom seen is kept in another one.
struct HistorySeries {
    QList<TimePoint> points; ///< by time
    qint64 step = 0; ///< milliseconds that each of them stands for; 0: there is none
};

struct HistoryView {
    HistoryRequest request; ///< what it answers
    QHash<SeriesId, HistorySeries> series;
};

/// In which way a history is written.
enum class HistoryFile : quint8 { Csv = 0, Json };

/// What the loads to one device have come to over the last minutes.
struct LoadFiguresView {
    QString deviceId;
    quint64 succeeded = 0;
    quint64 failed = 0;
    std::optional<double> meanSeconds; ///< of those that succeeded, as all below; absent: there were none
    std::optional<double> medianSeconds;
    std::optional<double> p95Seconds;
    std::optional<double> bytesPerSecond;

    friend bool operator==(const LoadFiguresView&, const LoadFiguresView&) = default;
};

struct PerformanceView {
    static constexpr int kPeriodSeconds = 300; ///< so far back: the engine's alerts look at the same

    QList<LoadFiguresView> devices; ///< in the engine's order; empty: it is not known
    std::optional<double> cacheHitRate; ///< share of components that were found in the RAM cache, 0 to 1
};

/// What lies in a memory: what one component has there alone, or what several components share.
struct TensorsView {
    /// Bytes that lie there once.
    struct Tensor {
        QString name; ///< of the first tensor that has them; safe to show
        QString type; ///< as they lie there: "fp16 [320, 4, 3, 3]"
        quint64 bytes = 0;
        QStringList otherNames{}; ///< of other tensors of one component that have them; safe to show
        QStringList holders{}; ///< of what is shared, the components: "sd_xl_base: vae"; safe to show
    };
    QString memoryId; ///< as WatchedMemory's
    QString modelId; ///< empty: what is shared
    QString componentId; ///< likewise
    QList<Tensor> tensors;
};

} // namespace weightroom::ui

Q_DECLARE_METATYPE(weightroom::ui::HistoryRequest)
Q_DECLARE_METATYPE(weightroom::ui::HistoryView)
Q_DECLARE_METATYPE(weightroom::ui::PerformanceView)
Q_DECLARE_METATYPE(weightroom::ui::TensorsView)

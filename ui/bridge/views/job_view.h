// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/error_view.h"

#include <QDateTime>
#include <QMetaType>
#include <QString>

#include <chrono>
#include <optional>

namespace weightroom::ui {

enum class JobKind : quint8 {
    Other = 0,
    Scan,
    Cache,
    Load,
    Unload,
    DropCache,
    MakeSamples,
    Settings,
    Delete,
    Restore,
    Validate,
    Convert,
    ExportPaths,
    Preload,
    Optimize,
    Attach, ///< another program begins to use what is loaded
    Share,
    ReturnLease,
    Benchmark
};
enum class JobState : quint8 { None = 0, Queued, Running, Succeeded, Failed, Cancelled };
/// Who wanted it: the engine scans by itself what has changed.
enum class JobOrigin : quint8 { None = 0, User, Automatic };
enum class JobPhase : quint8 {
    None = 0,
    Scanning,
    Planning,
    TakingMemory,
    Reading,
    Copying,
    Verifying,
    Committing,
    Writing,
    Recovering
};

/// A job at one moment.
struct JobView {
    quint64 number = 0;
    JobKind kind = JobKind::Other;
    JobState state = JobState::None;
    JobPhase phase = JobPhase::None;
    JobOrigin origin = JobOrigin::None;
    QString subject; ///< a model's name or a folder, safe to show
    QString modelId;
    QString deviceId;
    quint64 done = 0; ///< bytes, or files for a scan
    quint64 total = 0; ///< 0: not known yet
    double perSecond = 0;
    bool isForThisRunOnly = false; ///< settings that were taken on and could not be written
    bool foundNothing = false; ///< a scan that ended well, after which the library is as it was
    quint64 resultBytes = 0; ///< of a job that succeeded: what is loaded, cached or given back
    QString recovered{}; ///< how it has succeeded at the second attempt; empty: it did at the first
    std::optional<std::chrono::duration<double>> remaining;
    std::chrono::duration<double> elapsed{};
    QDateTime submittedAt;
    std::optional<ErrorView> error;

    [[nodiscard]] bool isFinished() const { return state >= JobState::Succeeded; }
    friend bool operator==(const JobView&, const JobView&) = default;
};

} // namespace weightroom::ui

Q_DECLARE_METATYPE(weightroom::ui::JobView)

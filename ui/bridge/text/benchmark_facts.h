// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

namespace weightroom::ui {

/// What a report says about the machine, the versions and the settings. Texts are safe to show; empty and 0: unknown.
struct BenchmarkFacts {
    QString version{};
    QString buildType{};
    QString processor{};
    quint64 processors = 0;
    quint64 memory = 0; ///< bytes
    QString kernel{};
    QString deviceId{}; ///< empty: into the RAM cache only
    QString deviceName{};
    quint64 deviceMemory = 0; ///< bytes
    QString driver{};
    QString interface {
    };
    QString features{};
    QString precision{}; ///< the engine's word
    BenchmarkTemperature temperature = BenchmarkTemperature::None;
    quint64 iterations = 0;
    bool verifies = false;
    double seconds = 0; ///< that the run took
    quint64 otherLoads = 0; ///< that ran meanwhile
    std::optional<double> diskRead{}; ///< bytes a second
    std::optional<double> hostCopy{};
    std::optional<double> deviceUpload{};
    std::optional<double> deviceCopyWithin{}; ///< each byte counted once
};
/// What is known of them, by name.
[[nodiscard]] QList<BenchmarkFact> benchmarkFacts(const BenchmarkFacts& facts);

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/alerts/alert_book.h"
#include "tests/support/manual_clock.h"

#include <QString>
#include <QStringList>

#include <chrono>
#include <optional>
#include <vector>

namespace weightroom::test {

inline const engine::DeviceId kDevice{"GPU_0"};

// Values: kHigh raises, kMiddle is between, kLow ends it.
inline constexpr double kHigh = 0.75;
inline constexpr double kMiddle = 0.3;
inline constexpr double kLow = 0.25;

inline engine::AlertRule ruleOf(engine::AlertKind kind = engine::AlertKind::MemoryFull)
{
    return {.kind = kind, .threshold = 0.5, .hysteresis = 0.5, .hold = std::chrono::seconds{3}};
}

/// A book that is looked at once a second. Before 1970, when there was no time to make numbers of: they count from 1.
struct AlertRig {
    AlertRig() { clock.setWallBy(-std::chrono::days{365 * 60}); }

    ManualClock clock;
    engine::AlertBook book;
    std::vector<engine::AlertRule> rules{ruleOf(engine::AlertKind::MemoryFull), ruleOf(engine::AlertKind::SlowLoads)};

    std::vector<engine::AlertChange> look(const std::vector<engine::AlertInput>& inputs)
    {
        auto changes = book.update(rules, inputs, clock.now(), clock.wallTime());
        clock.advance(std::chrono::seconds{1});
        return changes;
    }
    std::vector<engine::AlertChange> look(std::optional<double> value)
    {
        return look({{.kind = engine::AlertKind::MemoryFull, .device = kDevice, .value = value}});
    }
    /// Four seconds: longer than the hold. All of the changes.
    std::vector<engine::AlertChange> hold(std::optional<double> value)
    {
        std::vector<engine::AlertChange> all;
        for (int second = 0; second < 4; ++second) {
            auto changes = look(value);
            all.insert(all.end(), changes.begin(), changes.end());
        }
        return all;
    }
    [[nodiscard]] std::vector<std::uint64_t> shownNumbers() const
    {
        std::vector<std::uint64_t> numbers;
        for (const engine::Alert& alert : book.shown())
            numbers.push_back(alert.number);
        return numbers;
    }
};

inline QString nameOf(engine::AlertNews news)
{
    switch (news) {
    case engine::AlertNews::Raised:
        return QStringLiteral("raised");
    case engine::AlertNews::Worsened:
        return QStringLiteral("worsened");
    case engine::AlertNews::Recovered:
        return QStringLiteral("recovered");
    case engine::AlertNews::Acknowledged:
        return QStringLiteral("acknowledged");
    case engine::AlertNews::None:
        break;
    }
    return QStringLiteral("none");
}

/// "raised 1, recovered 2": what has happened to which.
inline QString textOf(const std::vector<engine::AlertChange>& changes)
{
    QStringList texts;
    for (const engine::AlertChange& change : changes)
        texts.append(nameOf(change.news) + QLatin1Char(' ') + QString::number(change.alert.number));
    return texts.join(QStringLiteral(", "));
}

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/feature_flags.h"

#include <array>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

/// Stands for "it is closed" where the end of a pause is kept.
constexpr Clock::Steady kNoPause = Clock::Steady::min();

std::string openedText(const FeatureSpec& spec, std::uint32_t failures, const Error& error)
{
    const BreakerPolicy& policy = spec.breaker;
    return std::string{spec.name.text()} + " has failed " + std::to_string(failures) + " times, the last time with "
        + describe(error) + ". It is tried again in " + std::to_string(policy.pause.count())
        + " seconds; until then: " + std::string{spec.whenOff};
}

std::string closedText(const FeatureSpec& spec)
{
    return std::string{spec.name.text()} + " works again after it had been left alone for failures.";
}

} // namespace

/// One moment by both clocks.
struct FeatureFlags::Moment {
    Clock::Steady now;
    Clock::Wall wall;
};

/// The atomic members say for isOn() what the others say with their mutex.
struct FeatureFlags::Entry {
    Entry(const FeatureSpec& declared, const Settings& settings)
        : spec(declared)
        , isConfigured(settings.*declared.setting)
        , breaker(declared.breaker)
    {
    }

    void publishPause() { triedAgainAt = breaker.triedAgainAt().value_or(kNoPause); }
    void forgive()
    {
        breaker.close();
        reason.reset();
        publishPause();
    }

    const FeatureSpec& spec;
    std::atomic<bool> isConfigured;
    std::atomic<Clock::Steady> triedAgainAt = kNoPause;
    CircuitBreaker breaker;
    std::optional<Error> reason{}; ///< of the last failure
};

std::string_view toText(FeatureState state)
{
    static constexpr std::array<std::string_view, 5> kNames{"none", "on", "off", "fallen_back", "trying_again"};
    return kNames[static_cast<std::size_t>(state)];
}

Error blamedOn(Feature feature, Error error)
{
    if (error.code != ErrorCode::Cancelled && error.code != ErrorCode::DeviceLost)
        error.context.feature = feature;
    return error;
}

FeatureFlags::FeatureFlags(const Settings& settings, const Clock& clock, LogSink& log, std::function<void()> changed)
    : m_clock(clock)
    , m_log(log)
    , m_changed(std::move(changed))
    , m_entries([&] {
        std::vector<std::unique_ptr<Entry>> entries;
        for (const FeatureSpec& spec : featureTable())
            entries.push_back(std::make_unique<Entry>(spec, settings));
        return entries;
    }())
{
}

FeatureFlags::~FeatureFlags() = default;

FeatureFlags::Entry& FeatureFlags::entryOf(Feature feature) const
{
    return *m_entries.at(static_cast<std::size_t>(feature) - 1);
}

bool FeatureFlags::isOn(Feature feature) const noexcept
{
    if (feature == Feature::None)
        return true;
    const Entry& entry = entryOf(feature);
    const Clock::Steady pauseEnd = entry.triedAgainAt;
    return entry.isConfigured && (pauseEnd == kNoPause || m_clock.now() >= pauseEnd);
}

void FeatureFlags::noteFailure(Feature feature, const Error& error)
{
    if (feature == Feature::None)
        return;
    Entry& entry = entryOf(feature);
    std::uint32_t failures = 0;
    const Clock::Steady now = m_clock.now();
    {
        const std::lock_guard lock{m_mutex};
        if (!entry.isConfigured || entry.breaker.state(now) == BreakerState::Open)
            return;
        entry.reason = error;
        if (entry.breaker.noteFailure(now) != CircuitBreaker::Change::Opened)
            return;
        entry.publishPause();
        failures = entry.breaker.failures(now);
    }
    m_log.write(LogLevel::Warning, openedText(entry.spec, failures, error));
    if (m_changed)
        m_changed();
}

void FeatureFlags::noteSuccess(Feature feature)
{
    if (feature == Feature::None)
        return;
    Entry& entry = entryOf(feature);
    if (entry.triedAgainAt.load() == kNoPause)
        return;
    const Clock::Steady now = m_clock.now();
    {
        const std::lock_guard lock{m_mutex};
        if (entry.breaker.noteSuccess(now) != CircuitBreaker::Change::Closed)
            return;
        entry.forgive();
    }
    m_log.write(LogLevel::Info, closedText(entry.spec));
    if (m_changed)
        m_changed();
}

void FeatureFlags::configure(const Settings& settings)
{
    const std::lock_guard lock{m_mutex};
    for (const auto& entry : m_entries) {
        const bool chosen = settings.*entry->spec.setting;
        if (entry->isConfigured.exchange(chosen) != chosen)
            entry->forgive();
    }
}

void FeatureFlags::forgive(Feature feature)
{
    const std::lock_guard lock{m_mutex};
    entryOf(feature).forgive();
}

FeatureStatus FeatureFlags::statusOf(const Entry& entry, const Moment& moment)
{
    FeatureStatus status{.feature = entry.spec.feature, .state = FeatureState::Off};
    if (!entry.isConfigured)
        return status;
    status.failures = entry.breaker.failures(moment.now);
    if (status.failures > 0)
        status.reason = entry.reason;
    switch (entry.breaker.state(moment.now)) {
    case BreakerState::Open:
        status.state = FeatureState::FallenBack;
        status.triedAgainAt =
            moment.wall + std::chrono::duration_cast<Clock::Wall::duration>(*entry.breaker.triedAgainAt() - moment.now);
        break;
    case BreakerState::HalfOpen:
        status.state = FeatureState::TryingAgain;
        break;
    case BreakerState::Closed:
    case BreakerState::None:
        status.state = FeatureState::On;
        break;
    }
    return status;
}

FeatureStatus FeatureFlags::status(Feature feature) const
{
    const Moment moment{m_clock.now(), m_clock.wallTime()};
    const std::lock_guard lock{m_mutex};
    return statusOf(entryOf(feature), moment);
}

std::vector<FeatureStatus> FeatureFlags::all() const
{
    const Moment moment{m_clock.now(), m_clock.wallTime()};
    const std::lock_guard lock{m_mutex};
    std::vector<FeatureStatus> rows;
    for (const auto& entry : m_entries)
        rows.push_back(statusOf(*entry, moment));
    return rows;
}

std::vector<FeatureStatus> FeatureFlags::fallenBack() const
{
    std::vector<FeatureStatus> rows = all();
    std::erase_if(rows, [](const FeatureStatus& row) {
        return row.state != FeatureState::FallenBack && row.state != FeatureState::TryingAgain;
    });
    return rows;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"
#include "model_engine/core/settings/circuit_breaker.h"
#include "model_engine/core/settings/feature_table.h"
#include "model_engine/core/settings/settings.h"
#include "model_engine/core/system/log.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace weightroom::engine {

/// Off: by the user. FallenBack: left alone for a while, after it has failed. TryingAgain: the pause is over, and the
/// next use decides.
enum class FeatureState : std::uint8_t { None = 0, On, Off, FallenBack, TryingAgain };
[[nodiscard]] std::string_view toText(FeatureState state); ///< "none", "on", "off", "fallen_back", "trying_again"

/// One flag at one moment.
struct FeatureStatus {
    Feature feature = Feature::None;
    FeatureState state = FeatureState::None;
    std::uint32_t failures = 0; ///< that count: see CircuitBreaker::failures()
    std::optional<Error> reason{}; ///< of the last of these
    std::optional<Clock::Wall> triedAgainAt{}; ///< only while it has fallen back

    [[nodiscard]] bool isConfigured() const { return state != FeatureState::Off; }
    /// Whether it is used.
    [[nodiscard]] bool isOn() const { return state == FeatureState::On || state == FeatureState::TryingAgain; }
};

/// The error, as one of a feature's own, which FeatureFlags::noteFailure() counts: but a cancel and the loss of a
/// device are nobody's.
[[nodiscard]] Error blamedOn(Feature feature, Error error);

/// What the feature flags are at run time: as the user has chosen (Settings), but for what has failed again and again
/// and is left alone for a while. Who uses a feature asks here, and tells how that went. Any thread; isOn() takes no
/// lock.
class FeatureFlags {
public:
    /// Clock and log must outlive it. `changed` is called when a feature falls back or has recovered, on the thread
    /// that noted it, after the log was written.
    FeatureFlags(const Settings& settings, const Clock& clock, LogSink& log, std::function<void()> changed = {});
    ~FeatureFlags();
    FeatureFlags(const FeatureFlags&) = delete;
    FeatureFlags& operator=(const FeatureFlags&) = delete;

    /// Whether the feature is to be used now; always for None.
    [[nodiscard]] bool isOn(Feature feature) const noexcept;
    /// A use has failed. Nothing counts for None, and for what is switched off.
    void noteFailure(Feature feature, const Error& error);
    /// A use has succeeded; costs nothing but while it is tried again.
    void noteSuccess(Feature feature);

    /// Takes on what the user has chosen. Failures of what this switches on or off are forgotten.
    void configure(const Settings& settings);
    /// Forgets the failures of a feature: it is used at once, if the user has it on.
    void forgive(Feature feature);

    [[nodiscard]] FeatureStatus status(Feature feature) const;
    /// The status of each, in the order of the table.
    [[nodiscard]] std::vector<FeatureStatus> all() const;
    /// The status of those that are not as the user has chosen: fallen back, or on trial.
    [[nodiscard]] std::vector<FeatureStatus> fallenBack() const;

private:
    struct Entry;
    struct Moment;
    [[nodiscard]] Entry& entryOf(Feature feature) const;
    [[nodiscard]] static FeatureStatus statusOf(const Entry& entry, const Moment& moment); ///< with the mutex held

    const Clock& m_clock;
    LogSink& m_log;
    const std::function<void()> m_changed;
    mutable std::mutex m_mutex; ///< guards the breakers and the reasons of the entries
    const std::vector<std::unique_ptr<Entry>> m_entries; ///< in the order of the table
};

/// One feature, as the code has it that it switches.
class FeatureSwitch {
public:
    /// Of a feature that is always on.
    FeatureSwitch() = default;
    /// The flags must outlive it.
    FeatureSwitch(FeatureFlags& flags, Feature feature)
        : m_flags(&flags)
        , m_feature(feature)
    {
    }

    [[nodiscard]] bool isOn() const noexcept { return !m_flags || m_flags->isOn(m_feature); }
    void noteFailure(const Error& error) const
    {
        if (m_flags)
            m_flags->noteFailure(m_feature, error);
    }
    void noteSuccess() const
    {
        if (m_flags)
            m_flags->noteSuccess(m_feature);
    }

private:
    FeatureFlags* m_flags = nullptr;
    Feature m_feature = Feature::None;
};

} // namespace weightroom::engine

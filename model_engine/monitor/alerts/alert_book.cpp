// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/alerts/alert_book.h"

#include "model_engine/core/stored_time.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <ranges>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

/// nullptr: nothing of this kind is to be told.
const AlertRule* enabledRule(std::span<const AlertRule> rules, AlertKind kind)
{
    const auto rule = std::ranges::find(rules, kind, &AlertRule::kind);
    return rule == rules.end() || !rule->isEnabled ? nullptr : &*rule;
}

/// nullptr: it is not watched any more.
const AlertInput* inputOf(std::span<const AlertInput> inputs, AlertKind kind, const DeviceId& device)
{
    const auto input =
        std::ranges::find_if(inputs, [&](const AlertInput& one) { return one.kind == kind && one.device == device; });
    return input == inputs.end() ? nullptr : &*input;
}

/// A wall clock that was set back makes nothing end before it has begun.
Clock::Wall notBefore(Clock::Wall begin, Clock::Wall wall) { return std::max(begin, wall); }

} // namespace

std::string_view toText(AlertNews news)
{
    switch (news) {
    case AlertNews::Raised:
        return "raised";
    case AlertNews::Worsened:
        return "worsened";
    case AlertNews::Recovered:
        return "recovered";
    case AlertNews::Acknowledged:
        return "acknowledged";
    case AlertNews::None:
        break;
    }
    return "none";
}

bool AlertBook::restore(std::vector<Alert> alerts)
{
    if (m_isTooLate)
        return false;
    m_awaitedUntil.reset();
    std::ranges::sort(alerts, {}, &Alert::number);
    if (!alerts.empty())
        m_lastEarlier = m_lastNumber = std::max(m_lastNumber, alerts.back().number);
    m_alerts = std::move(alerts);
    dropOld();
    return true;
}

std::vector<AlertChange> AlertBook::update(
    std::span<const AlertRule> rules, std::span<const AlertInput> inputs, Clock::Steady steady, Clock::Wall wall)
{
    if (m_awaitedUntil && steady < *m_awaitedUntil)
        return {};
    m_isTooLate = m_isTooLate || m_awaitedUntil;
    m_awaitedUntil.reset();
    const Look look{rules, inputs, steady, wall};
    std::erase_if(m_turning, [&](const auto& turning) {
        const Key& key = turning.first;
        return !enabledRule(rules, key.kind) || !inputOf(inputs, key.kind, key.device);
    });
    std::vector<AlertChange> changes;
    for (Alert& alert : m_alerts) {
        const AlertNews news = alert.isActive() ? judge(alert, look) : AlertNews::None;
        if (news != AlertNews::None)
            changes.push_back({alert, news});
    }
    raiseNew(look, changes);
    m_updatedAt = steady;
    dropOld();
    return changes;
}

Result<AlertChange> AlertBook::acknowledge(std::uint64_t number, Clock::Wall wall)
{
    const auto alert = std::ranges::find(m_alerts, number, &Alert::number);
    if (alert == m_alerts.end())
        return fail(ErrorCode::AlertNotFound,
            "there is no alert " + std::to_string(number) + ", or it is over and was acknowledged");
    if (alert->acknowledgedAt)
        return AlertChange{*alert, AlertNews::None};
    alert->acknowledgedAt = notBefore(alert->raisedAt, wall);
    AlertChange change{*alert, AlertNews::Acknowledged};
    dropOld();
    return change;
}

AlertBook::Side AlertBook::sideOf(const AlertRule& rule, const AlertInput& input)
{
    if (!input.value)
        return rule.kind == AlertKind::MemoryFull ? Side::Unknown : Side::Below;
    if (!std::isfinite(*input.value))
        return Side::Unknown;
    if (*input.value > rule.threshold)
        return Side::Above;
    return *input.value <= rule.threshold * (1 - rule.hysteresis) ? Side::Below : Side::Between;
}

const Alert* AlertBook::activeAlert(const Key& key) const
{
    const auto newestFirst = m_alerts | std::views::reverse;
    const auto alert = std::ranges::find_if(newestFirst,
        [&](const Alert& one) { return one.isActive() && one.kind == key.kind && one.device == key.device; });
    return alert == newestFirst.end() ? nullptr : &*alert;
}

AlertNews AlertBook::judge(Alert& alert, const Look& look)
{
    const Key key{alert.kind, alert.device};
    const AlertRule* rule = enabledRule(look.rules, key.kind);
    const AlertInput* input = inputOf(look.inputs, key.kind, key.device);
    // A damaged history may have left two of them; one goes on.
    const bool isTheOne = activeAlert(key) == &alert;
    if (!rule || !input || !isTheOne || hasHeld(*rule, *input, Side::Below, look.steady)) {
        alert.recoveredAt = notBefore(alert.raisedAt, look.wall);
        return AlertNews::Recovered;
    }
    if (!input->value || !std::isfinite(*input->value) || *input->value <= alert.worst)
        return AlertNews::None;
    alert.worst = *input->value;
    return AlertNews::Worsened;
}

void AlertBook::raiseNew(const Look& look, std::vector<AlertChange>& changes)
{
    for (const AlertInput& input : look.inputs) {
        const Key key{input.kind, input.device};
        const AlertRule* rule = enabledRule(look.rules, key.kind);
        if (!rule || activeAlert(key) || !hasHeld(*rule, input, Side::Above, look.steady))
            continue;
        m_turning.erase(key);
        m_alerts.push_back({.number = nextNumber(look.wall),
            .kind = key.kind,
            .device = key.device,
            .threshold = rule->threshold,
            .value = *input.value,
            .worst = *input.value,
            .raisedAt = look.wall});
        changes.push_back({m_alerts.back(), AlertNews::Raised});
    }
}

std::uint64_t AlertBook::nextNumber(Clock::Wall wall)
{
    const std::int64_t now = std::max<std::int64_t>(toStoredTime<std::chrono::microseconds>(wall), 0);
    m_lastNumber = std::max(m_lastNumber + 1, static_cast<std::uint64_t>(now));
    return m_lastNumber;
}

bool AlertBook::hasHeld(const AlertRule& rule, const AlertInput& input, Side wanted, Clock::Steady now)
{
    const Key key{input.kind, input.device};
    const Side side = sideOf(rule, input);
    if (side == Side::Unknown) {
        if (const auto turning = m_turning.find(key); turning != m_turning.end())
            turning->second += now - m_updatedAt; // this time does not count
        return false;
    }
    if (side != wanted) {
        m_turning.erase(key);
        return false;
    }
    return now - m_turning.try_emplace(key, now).first->second >= rule.hold;
}

void AlertBook::dropOld()
{
    std::erase_if(m_alerts, [](const Alert& alert) { return !alert.isActive() && alert.acknowledgedAt; });
    while (m_alerts.size() > kMostShown) {
        const auto oldest = std::ranges::find_if(m_alerts, [](const Alert& alert) { return !alert.isActive(); });
        if (oldest == m_alerts.end())
            return;
        m_alerts.erase(oldest);
    }
}

} // namespace weightroom::engine

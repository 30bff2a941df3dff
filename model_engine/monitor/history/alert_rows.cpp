// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/alert_rows.h"

#include "model_engine/core/stored_time.h"

#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

using Microseconds = std::chrono::microseconds;
using MaybeTime = std::optional<Clock::Wall>;

bool canBeKept(const Alert& alert)
{
    return alert.kind != AlertKind::None && alert.number >= 1
        && alert.number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
        && std::isfinite(alert.threshold) && std::isfinite(alert.value) && std::isfinite(alert.worst);
}

void bindTime(Statement& statement, int place, const MaybeTime& time)
{
    if (time)
        statement.bindInteger(place, toStoredTime<Microseconds>(*time));
    else
        statement.bindNull(place);
}

/// False for a time that is none of ours. NULL is none, and one of ours.
bool readTime(const Statement& row, int column, MaybeTime& time)
{
    time = row.isNull(column) ? std::nullopt : fromStoredTime<Microseconds>(row.integer(column));
    return time || row.isNull(column);
}

std::optional<Alert> alertFrom(const Statement& row)
{
    const auto raised = fromStoredTime<Microseconds>(row.integer(6));
    Alert alert{.number = static_cast<std::uint64_t>(row.integer(0)),
        .kind = alertKindFromText(row.text(1)).value_or(AlertKind::None),
        .device = {row.text(2)},
        .threshold = row.real(3),
        .value = row.real(4),
        .worst = row.real(5)};
    const bool hasTimes = readTime(row, 7, alert.recoveredAt) && readTime(row, 8, alert.acknowledgedAt);
    if (!raised || !hasTimes || !canBeKept(alert))
        return std::nullopt;
    alert.raisedAt = *raised;
    return alert;
}

/// The newest first.
Result<std::vector<Alert>> readWhere(const Database& database, const std::string& condition, std::size_t most)
{
    auto select = database.prepare("SELECT number, kind, device, threshold, value, worst, raised_us, recovered_us,"
                                   " acknowledged_us FROM alert "
        + condition + " ORDER BY number DESC");
    if (!select)
        return fail(std::move(select).error());
    std::vector<Alert> alerts;
    while (alerts.size() < most) {
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        if (auto alert = alertFrom(*select))
            alerts.push_back(std::move(*alert));
    }
    return alerts;
}

} // namespace

Result<> writeAlerts(const Database& database, std::span<const Alert> alerts)
{
    auto insert = database.prepare("INSERT INTO alert(number, kind, device, threshold, value, worst,"
                                   " raised_us, recovered_us, acknowledged_us)"
                                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET"
                                   " worst = max(worst, excluded.worst),"
                                   " recovered_us = coalesce(recovered_us, excluded.recovered_us),"
                                   " acknowledged_us = coalesce(acknowledged_us, excluded.acknowledged_us)"
                                   " WHERE kind = excluded.kind AND device = excluded.device"
                                   " AND raised_us = excluded.raised_us");
    if (!insert)
        return fail(std::move(insert).error());
    for (const Alert& alert : alerts) {
        if (!canBeKept(alert))
            continue;
        insert->bindInteger(1, static_cast<std::int64_t>(alert.number)).bindText(2, toText(alert.kind));
        insert->bindText(3, alert.device.text).bindReal(4, alert.threshold).bindReal(5, alert.value);
        insert->bindReal(6, alert.worst).bindInteger(7, toStoredTime<Microseconds>(alert.raisedAt));
        bindTime(*insert, 8, alert.recoveredAt);
        bindTime(*insert, 9, alert.acknowledgedAt);
        if (auto inserted = insert->run(); !inserted)
            return inserted;
    }
    return {};
}

Result<std::vector<Alert>> readAlerts(const Database& database, std::size_t most, std::uint64_t before)
{
    constexpr auto kHighest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return readWhere(database, before > kHighest ? "" : "WHERE number < " + std::to_string(before), most);
}

Result<std::vector<Alert>> readAlertsToGoOn(const Database& database, std::size_t most, std::size_t mostActive)
{
    auto alerts = readAlerts(database, most);
    if (!alerts)
        return alerts;
    const std::string olderOnes = alerts->empty() ? "" : " AND number < " + std::to_string(alerts->back().number);
    auto active = readWhere(database, "WHERE recovered_us IS NULL" + olderOnes, mostActive);
    if (!active)
        return active;
    alerts->insert(alerts->end(), std::make_move_iterator(active->begin()), std::make_move_iterator(active->end()));
    return alerts;
}

Result<> removeOldAlerts(const Database& database, Clock::Wall oldest)
{
    // A clock that was set back lets an alert end before it has begun. NULL of an active one is below nothing.
    auto remove = database.prepare("DELETE FROM alert WHERE max(raised_us, recovered_us) < ?1"
                                   " AND number < (SELECT max(number) FROM alert)");
    if (!remove)
        return fail(std::move(remove).error());
    return remove->bindInteger(1, toStoredTime<Microseconds>(oldest)).run();
}

} // namespace weightroom::engine

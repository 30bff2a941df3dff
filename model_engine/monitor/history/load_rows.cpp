// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/load_rows.h"

#include "model_engine/core/stored_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace weightroom::engine {
namespace {

using Microseconds = std::chrono::microseconds;

constexpr std::array<std::pair<LoadEnd, std::string_view>, 3> kEnds{{
    {LoadEnd::Succeeded, "succeeded"},
    {LoadEnd::Failed, "failed"},
    {LoadEnd::Cancelled, "cancelled"},
}};

/// Empty for Unknown.
std::string_view toText(LoadEnd end)
{
    const auto* const row = std::ranges::find(kEnds, end, &std::pair<LoadEnd, std::string_view>::first);
    return row == kEnds.end() ? std::string_view{} : row->second;
}

LoadEnd endFromText(std::string_view text)
{
    const auto* const row = std::ranges::find(kEnds, text, &std::pair<LoadEnd, std::string_view>::second);
    return row == kEnds.end() ? LoadEnd::Unknown : row->first;
}

/// Unknown for one of a later version.
ErrorCode errorFromText(std::string_view text)
{
    const auto row = std::ranges::find(errorCatalogue(), text, &ErrorTraits::name);
    return row == errorCatalogue().end() ? ErrorCode::Unknown : row->code;
}

bool canBeKept(const LoadEvent& load)
{
    return load.end != LoadEnd::Unknown && std::isfinite(load.took.count()) && load.took.count() >= 0;
}

std::optional<LoadEvent> loadFrom(const Statement& row)
{
    const auto at = fromStoredTime<Microseconds>(row.integer(0));
    const std::int64_t moved = row.integer(6);
    LoadEvent load{.model = {row.text(1)},
        .device = {row.text(2)},
        .end = endFromText(row.text(3)),
        .error = errorFromText(row.text(4)),
        .took = std::chrono::duration<double>{row.real(5)},
        .moved = {}};
    if (!at || moved < 0 || !canBeKept(load))
        return std::nullopt;
    load.at = *at;
    load.moved = Bytes{static_cast<std::uint64_t>(moved)};
    return load;
}

} // namespace

Result<> writeLoads(const Database& database, std::span<const LoadEvent> loads)
{
    auto insert = database.prepare("INSERT INTO load(at_us, model_id, device, outcome, error, took_s, moved)"
                                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    if (!insert)
        return fail(std::move(insert).error());
    for (const LoadEvent& load : loads) {
        if (!canBeKept(load))
            continue;
        insert->bindInteger(1, toStoredTime<Microseconds>(load.at)).bindText(2, load.model.text);
        insert->bindText(3, load.device.text).bindText(4, toText(load.end)).bindText(5, toText(load.error));
        insert->bindReal(6, load.took.count()).bindInteger(7, static_cast<std::int64_t>(load.moved.value));
        if (auto inserted = insert->run(); !inserted)
            return inserted;
    }
    return {};
}

Result<std::vector<LoadEvent>> readLoads(const Database& database, const HistorySpan& span)
{
    auto select = database.prepare("SELECT at_us, model_id, device, outcome, error, took_s, moved FROM load"
                                   " WHERE at_us >= ?1 AND at_us < ?2 ORDER BY at_us, number");
    if (!select)
        return fail(std::move(select).error());
    select->bindInteger(1, toStoredTime<Microseconds>(span.from));
    select->bindInteger(2, toStoredTime<Microseconds>(span.to));
    std::vector<LoadEvent> loads;
    for (;;) {
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return loads;
        if (auto load = loadFrom(*select))
            loads.push_back(std::move(*load));
    }
}

Result<> removeOldLoads(const Database& database, Clock::Wall oldest)
{
    auto remove =
        database.prepare("DELETE FROM load WHERE at_us < ?1 OR number <= (SELECT max(number) FROM load) - ?2");
    if (!remove)
        return fail(std::move(remove).error());
    remove->bindInteger(1, toStoredTime<Microseconds>(oldest));
    return remove->bindInteger(2, static_cast<std::int64_t>(HistoryStore::kMostLoads)).run();
}

} // namespace weightroom::engine

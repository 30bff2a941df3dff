// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/usage_store.h"

#include "model_engine/core/stored_time.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::uint32_t kApplicationId = 0x57527573; // "WRus"

/// Rows are added below, and never changed: there are files that went through them.
constexpr std::array kMigrations{
    // Times in microseconds since 1970. `number` is the order: a clock can be set back.
    "CREATE TABLE component_use(number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, run_us INTEGER NOT NULL,"
    " model_id TEXT NOT NULL, component_id TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL,"
    " load_seconds REAL NOT NULL) STRICT",
};

constexpr DatabaseSchema kSchema{kApplicationId, kMigrations};

using Microseconds = std::chrono::microseconds;

std::optional<UsageEvent> eventFrom(const Statement& row)
{
    const auto at = fromStoredTime<Microseconds>(row.integer(0));
    const auto run = fromStoredTime<Microseconds>(row.integer(1));
    const auto kind = useKindFromText(row.text(4));
    const std::int64_t size = row.integer(5);
    const double seconds = row.real(6);
    if (!at || !run || !kind || size < 0 || !std::isfinite(seconds) || seconds < 0)
        return std::nullopt;
    return UsageEvent{*at, *run, {{row.text(2)}, {row.text(3)}}, *kind, Bytes{static_cast<std::uint64_t>(size)},
        std::chrono::duration<double>{seconds}};
}

/// The newest first.
Result<std::vector<UsageEvent>> readNewest(const Database& database, Clock::Wall since)
{
    auto select = database.prepare("SELECT at_us, run_us, model_id, component_id, kind, size, load_seconds"
                                   " FROM component_use WHERE at_us >= ?1 ORDER BY number DESC LIMIT ?2");
    if (!select)
        return fail(std::move(select).error());
    select->bindInteger(1, toStoredTime<Microseconds>(since))
        .bindInteger(2, static_cast<std::int64_t>(UsageLog::kMostEvents));
    std::vector<UsageEvent> events;
    for (;;) {
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return events;
        if (auto event = eventFrom(*select))
            events.push_back(std::move(*event));
    }
}

Result<> insert(const Database& database, std::span<const UsageEvent> events)
{
    auto statement = database.prepare("INSERT INTO component_use(at_us, run_us, model_id, component_id, kind, size,"
                                      " load_seconds) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    if (!statement)
        return fail(std::move(statement).error());
    for (const UsageEvent& event : events) {
        statement->bindInteger(1, toStoredTime<Microseconds>(event.at))
            .bindInteger(2, toStoredTime<Microseconds>(event.runStartedAt));
        statement->bindText(3, event.key.model.text).bindText(4, event.key.component.text);
        statement->bindText(5, toText(event.kind)).bindInteger(6, static_cast<std::int64_t>(event.size.value));
        statement->bindReal(7, event.loadCost.count());
        if (auto done = statement->run(); !done)
            return done;
    }
    return {};
}

Result<> removeOld(const Database& database, Clock::Wall before)
{
    auto remove = database.prepare("DELETE FROM component_use WHERE at_us < ?1"
                                   " OR number <= (SELECT max(number) FROM component_use) - ?2");
    if (!remove)
        return fail(std::move(remove).error());
    remove->bindInteger(1, toStoredTime<Microseconds>(before))
        .bindInteger(2, static_cast<std::int64_t>(UsageLog::kMostEvents));
    return remove->run();
}

} // namespace

UsageStore::UsageStore(const std::filesystem::path& dataFolder, const Clock& clock, LogSink& log)
    : m_clock(clock)
    , m_file(dataFolder.empty() ? std::filesystem::path{} : dataFolder / "usage.sqlite3", kSchema,
          "What was known of the uses of components", clock, log)
{
}

Result<std::vector<UsageEvent>> UsageStore::load()
{
    if (!isOnDisk())
        return std::vector<UsageEvent>{};
    const std::lock_guard lock{m_mutex};
    const auto database = m_file.open();
    if (!database)
        return fail(database.error());
    auto events = readNewest(**database, m_clock.wallTime() - UsageLog::kRetention);
    if (events)
        std::ranges::reverse(*events);
    return events;
}

void UsageStore::loadOnce(const std::function<void(const Result<std::vector<UsageEvent>>&)>& enter)
{
    std::call_once(m_isLoaded, [&] { enter(load()); });
}

Result<> UsageStore::save(std::span<const UsageEvent> events)
{
    if (!isOnDisk() || events.empty())
        return {};
    const std::lock_guard lock{m_mutex};
    const auto database = m_file.openForWriting();
    if (!database)
        return fail(database.error());
    return write(**database, events);
}

Result<> UsageStore::write(const Database& database, std::span<const UsageEvent> events) const
{
    auto transaction = Transaction::begin(database);
    if (!transaction)
        return fail(std::move(transaction).error());
    if (auto inserted = insert(database, events); !inserted)
        return inserted;
    if (auto removed = removeOld(database, m_clock.wallTime() - UsageLog::kRetention); !removed)
        return removed;
    return transaction->commit();
}

} // namespace weightroom::engine

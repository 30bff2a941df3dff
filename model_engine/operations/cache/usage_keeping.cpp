// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/usage_keeping.h"

#include "model_engine/cache/usage/usage_store.h"
#include "model_engine/loader/model_loader.h"
#include "model_engine/operations/engine_services.h"

#include <exception>
#include <utility>

namespace weightroom::engine {
namespace {

/// A write waits for the disk, some milliseconds: rarely beside a load.
constexpr std::size_t kBatch = 64;

void save(const EngineServices& services, const UsageLog::Unkept& unkept, const auto& setKept)
{
    if (auto saved = services.usageStore->save(unkept.events); saved)
        setKept();
    else
        services.log.write(LogLevel::Debug, "Uses of components were not kept: " + describe(saved.error()));
}

/// On the engine thread. Nothing while they are few, or another thread is at it.
std::optional<UsageLog::Unkept> takeBatch(EngineTables& tables)
{
    if (tables.usage.unkeptCount() < kBatch || std::exchange(tables.isKeepingUsage, true))
        return std::nullopt;
    return tables.usage.unkept();
}

void enterEarlier(EngineServices& services, const Result<std::vector<UsageEvent>>& earlier)
{
    if (!earlier) {
        services.log.write(LogLevel::Warning, "Uses of earlier runs are not known: " + describe(earlier.error()));
        return;
    }
    services.executor.invoke([&] {
        EngineTables& tables = services.tables;
        const bool isFirst = tables.usage.unkeptCount() == 0;
        tables.usage.restore(*earlier);
        tables.predictor = {}; // in the order of time, with what this run has used already
        for (const ModelUse& use : modelUses(tables.usage.events()))
            tables.predictor.observe(use);
        if (isFirst)
            tables.predictor.beginRun(tables.startedAt);
    });
}

} // namespace

void noteUses(EngineServices& services, const LoadOutcome& outcome)
{
    if (outcome.cached.empty())
        return;
    EngineTables& tables = services.tables;
    const Clock::Wall now = services.clock.wallTime();
    ModelUse use{outcome.cached.front()->key.model, {}, now, tables.startedAt};
    for (const CachedComponentPtr& component : outcome.cached) {
        const UseKind kind = outcome.fromCache.contains(component->key.component) ? UseKind::Hit : UseKind::Miss;
        tables.usage.add({now, tables.startedAt, component->key, kind, component->weights.size, component->loadCost});
        use.components.push_back(component->key.component);
    }
    tables.predictor.observe(use);
}

void notePrefetch(EngineServices& services, const LoadOutcome& outcome)
{
    EngineTables& tables = services.tables;
    const Clock::Wall now = services.clock.wallTime();
    for (const CachedComponentPtr& component : outcome.cached) {
        if (!outcome.fromCache.contains(component->key.component))
            tables.usage.add({now, tables.startedAt, component->key, UseKind::Prefetch, component->weights.size,
                component->loadCost});
    }
}

void loadKeptUsage(EngineServices& services)
{
    if (services.usageStore)
        services.usageStore->loadOnce([&](const auto& earlier) { enterEarlier(services, earlier); });
}

void keepUsageInBatches(EngineServices& services)
{
    if (!services.usageStore)
        return;
    const auto batch = services.executor.invoke([&] { return takeBatch(services.tables); });
    if (!batch)
        return;
    const auto setKept = [&] { services.executor.invoke([&] { services.tables.usage.setKept(batch->mark); }); };
    save(services, *batch, setKept);
    services.executor.invoke([&] { services.tables.isKeepingUsage = false; });
}

UsageKeeper::~UsageKeeper()
try {
    if (m_services.usageStore)
        save(m_services, m_services.tables.usage.unkept(), [] {});
} catch (const std::exception& error) {
    m_services.log.write(LogLevel::Error, std::string{"Uses of components were not kept: "} + error.what());
}

} // namespace weightroom::engine

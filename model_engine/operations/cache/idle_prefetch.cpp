// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/idle_prefetch.h"

#include "model_engine/operations/loading/model_loading.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// The bytes of a component that a load could read; nothing for one that is cached. On the engine thread.
std::optional<Bytes> missingBytes(const EngineTables& tables, const ComponentKey& key)
{
    const ModelRecordPtr model = tables.catalog.find(key.model);
    if (!model || !model->isUsable() || tables.cache.contains(key))
        return std::nullopt;
    const auto& components = model->identified.components;
    const auto component = std::ranges::find(components, key.component, &ComponentRecord::id);
    return component == components.end() ? std::nullopt : std::optional{component->size};
}

/// Whether reading ahead is to blame, and would go on failing. A model that is gone, changes, or has no room is not.
bool isTrouble(ErrorCode code)
{
    return code == ErrorCode::IoError || code == ErrorCode::NotAnswering || code == ErrorCode::OutOfHostMemory
        || code == ErrorCode::Internal;
}

} // namespace

IdlePrefetch::IdlePrefetch(EngineServices& services, IdleGate& gate)
    : m_services(services)
    , m_gate(gate)
    , m_worker(*this, gate, services.log)
{
}

std::string_view IdlePrefetch::endedText() const { return "Nothing more is read ahead in idle time"; }

bool IdlePrefetch::step(const std::stop_token& stop)
{
    if (const std::uint64_t begun = m_gate.worksBegun(); std::exchange(m_worksSeen, begun) != begun)
        m_failed.clear();
    const auto next = choose();
    if (next)
        readAhead(*next, stop);
    return next.has_value();
}

/// Chosen anew after each component: what is free, and what is known, may have changed.
std::optional<ComponentKey> IdlePrefetch::choose()
{
    const ArenaStatistics memory = m_services.cacheMemory.arena().statistics();
    PrefetchRequest request{.room = memory.capacity - std::min(memory.capacity, memory.allocated), .missing = {}};
    return m_services.executor.invoke([&]() -> std::optional<ComponentKey> {
        const EngineTables& tables = m_services.tables;
        if (!m_services.flags.isOn(Feature::PredictiveCaching))
            return std::nullopt;
        request.missing = [&](const ComponentKey& key) {
            return m_failed.contains(key) ? std::nullopt : missingBytes(tables, key);
        };
        const auto plan = prefetchPlan(tables.predictor.next(), request);
        return plan.empty() ? std::nullopt : std::optional{plan.front().key};
    });
}

void IdlePrefetch::readAhead(const ComponentKey& key, const std::stop_token& stop)
{
    const IdleGate::Turn turn = m_gate.takeTurn();
    std::stop_source giveUp;
    const std::stop_callback onWork{turn.stopToken(), [&giveUp] { giveUp.request_stop(); }};
    const std::stop_callback onStop{stop, [&giveUp] { giveUp.request_stop(); }};
    JobContext unseen = JobContext::unseen(giveUp.get_token());
    const LoadWish wish{.model = key.model, .components = {key.component}, .purpose = LoadPurpose::ReadAhead};
    const auto load = carryOutLoad(m_services, wish, unseen, [](Bytes) {});
    if (load)
        return m_services.flags.noteSuccess(Feature::PredictiveCaching);
    if (load.error().code == ErrorCode::Cancelled)
        return;
    if (isTrouble(load.error().code))
        m_services.flags.noteFailure(Feature::PredictiveCaching, load.error());
    m_failed.insert(key);
    m_services.log.write(LogLevel::Debug, "Nothing was read ahead: " + describe(load.error()));
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/cache_policy/cache_trace.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/json.h"

#include <algorithm>
#include <map>

namespace weightroom::benchmarks {

using engine::Bytes;
using engine::Clock;
using engine::ErrorCode;
using engine::fail;
using engine::Json;
using engine::Result;

namespace {

constexpr Bytes kLargestTrace = engine::kMiB * 64;

Clock::Wall timeFrom(const Json& seconds)
{
    return Clock::Wall{
        std::chrono::duration_cast<Clock::Wall::duration>(std::chrono::duration<double>{seconds.get<double>()})};
}

engine::UsageEvent eventFrom(const Json& row)
{
    return {
        .at = timeFrom(row.at("at_unix_seconds")),
        .runStartedAt = timeFrom(row.at("run_unix_seconds")),
        .key = {{row.at("model_id").get<std::string>()}, {row.at("component_id").get<std::string>()}},
        .kind = engine::useKindFromText(row.at("kind").get<std::string>()).value_or(engine::UseKind::None),
        .size = Bytes{row.at("size_bytes").get<std::uint64_t>()},
        .loadCost = std::chrono::duration<double>{row.at("load_seconds").get<double>()},
    };
}

Result<engine::UsageLog::Events> eventsFrom(const Json& document)
try {
    engine::UsageLog::Events events;
    for (const Json& row : document.at("trace"))
        events.push_back(eventFrom(row));
    return events;
} catch (const Json::exception& error) {
    return fail(ErrorCode::InvalidValue, std::string{"the document holds no trace: "} + error.what());
}

Trace traceFrom(const engine::UsageLog::Events& events)
{
    const engine::UsageByComponent known = engine::usageByComponent(events, Clock::Wall::min());
    Trace trace;
    for (engine::ModelUse& use : engine::modelUses(events)) {
        TraceLoad load{use, {}};
        for (const engine::ComponentId& component : use.components) {
            const engine::ComponentKey key{use.model, component};
            const engine::ComponentUsage& usage = known.at(key);
            load.components.push_back({key, usage.size, usage.meanLoadCost().value_or(std::chrono::seconds{0})});
        }
        trace.loads.push_back(std::move(load));
    }
    return trace;
}

Bytes sizeOf(const TraceLoad& load)
{
    Bytes sum;
    for (const TraceComponent& component : load.components)
        sum += component.size;
    return sum;
}

} // namespace

Bytes Trace::distinctBytes() const
{
    std::map<engine::ComponentKey, Bytes> sizes;
    for (const TraceLoad& load : loads) {
        for (const TraceComponent& component : load.components)
            sizes[component.key] = component.size;
    }
    Bytes sum;
    for (const auto& [key, size] : sizes)
        sum += size;
    return sum;
}

Bytes Trace::largestLoad() const
{
    Bytes largest;
    for (const TraceLoad& load : loads)
        largest = std::max(largest, sizeOf(load));
    return largest;
}

Result<Trace> readTrace(const std::filesystem::path& file)
{
    const auto text = engine::readSmallFile(file, kLargestTrace);
    if (!text)
        return fail(text.error());
    const auto document = engine::parseJson(*text, {.maxBytes = kLargestTrace.value});
    if (!document)
        return fail(document.error());
    const auto events = eventsFrom(*document);
    if (!events)
        return fail(events.error());
    Trace trace = traceFrom(*events);
    trace.name = "recorded (" + file.filename().string() + ")";
    return trace;
}

} // namespace weightroom::benchmarks

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/preload/preload_plans.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/utf8.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// A hundred plans of 256 entries with ids of a hundred bytes.
constexpr Bytes kLargestFile = kMiB * 8;

tl::unexpected<Error> invalid(std::string_view field, std::string detail)
{
    return fail(ErrorCode::InvalidValue, std::move(detail), {.field = std::string{field}});
}

Result<> checkName(const std::string& name)
{
    const bool hasControl = std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (name.empty() || name.size() > kLongestPlanName || hasControl || !isValidUtf8(name))
        return invalid("name",
            "the name of a preload plan must be text of 1 to " + std::to_string(kLongestPlanName)
                + " bytes, without control characters");
    return {};
}

Result<> check(const PreloadPlan& plan)
{
    if (auto named = checkName(plan.name); !named)
        return named;
    if (plan.entries.empty() || plan.entries.size() > kMostPreloadEntries)
        return invalid("model_ids",
            "a preload plan must have 1 to " + std::to_string(kMostPreloadEntries) + " models, not "
                + std::to_string(plan.entries.size()));
    return {};
}

/// Throws what nlohmann throws where something is missing or of another type.
PreloadPlan planFrom(const Json& value)
{
    PreloadPlan plan{.name = value.at("name").get<std::string>(),
        .entries = {},
        .runsAtStart = value.at("runs_at_start").get<bool>(),
        .isUnfinished = value.at("is_unfinished").get<bool>()};
    for (const Json& entry : value.at("models"))
        plan.entries.push_back(
            preloadEntry(entry.at("model_id").get<std::string>(), entry.at("device_id").get<std::string>()));
    return plan;
}

Result<std::vector<PreloadPlan>> plansFrom(const Json& document)
try {
    std::vector<PreloadPlan> plans;
    for (const Json& value : document.at("plans")) {
        plans.push_back(planFrom(value));
        if (auto fine = check(plans.back()); !fine)
            return fail(std::move(fine).error());
    }
    std::ranges::sort(plans, {}, &PreloadPlan::name);
    return plans;
} catch (const Json::exception& error) {
    return invalid("plans", error.what());
}

auto place(std::vector<PreloadPlan>& plans, const std::string& name)
{
    return std::ranges::find(plans, name, &PreloadPlan::name);
}

tl::unexpected<Error> notFound(const std::string& name)
{
    return fail(ErrorCode::PreloadPlanNotFound, "there is no preload plan '" + name + "'", {.field = "name"});
}

} // namespace

PreloadEntry preloadEntry(const std::string& model, const std::string& place)
{
    return {ModelId{model}, place == kPreloadIntoCache ? DeviceId{} : DeviceId{place}};
}

std::string placeOf(const PreloadEntry& entry)
{
    return entry.device.empty() ? std::string{kPreloadIntoCache} : entry.device.text;
}

PreloadPlans::PreloadPlans(std::filesystem::path file)
    : m_file(std::move(file))
{
}

Result<std::vector<PreloadPlan>> PreloadPlans::all()
{
    const std::lock_guard lock{m_mutex};
    if (auto loaded = load(); !loaded)
        return fail(std::move(loaded).error());
    return m_plans;
}

Result<PreloadPlan> PreloadPlans::find(const std::string& name)
{
    auto plans = all();
    if (!plans)
        return fail(std::move(plans).error());
    const auto found = place(*plans, name);
    if (found == plans->end())
        return notFound(name);
    return *found;
}

Result<> PreloadPlans::put(const PreloadPlan& plan)
{
    if (auto fine = check(plan); !fine)
        return fine;
    return change([&](Plans& plans) -> Result<> {
        if (const auto known = place(plans, plan.name); known != plans.end()) {
            *known = plan;
            return {};
        }
        if (plans.size() == kMostPreloadPlans)
            return invalid("name", "there can be " + std::to_string(kMostPreloadPlans) + " preload plans at most");
        plans.insert(std::ranges::upper_bound(plans, plan.name, {}, &PreloadPlan::name), plan);
        return {};
    });
}

Result<> PreloadPlans::remove(const std::string& name)
{
    return change([&](Plans& plans) -> Result<> {
        const auto known = place(plans, name);
        if (known == plans.end())
            return notFound(name);
        plans.erase(known);
        return {};
    });
}

Result<> PreloadPlans::setUnfinished(const std::string& name, bool isUnfinished)
{
    return change([&](Plans& plans) -> Result<> {
        if (const auto known = place(plans, name); known != plans.end())
            known->isUnfinished = isUnfinished;
        return {};
    });
}

/// Once; a file that is not there has no plans.
Result<> PreloadPlans::load()
{
    if (m_isLoaded || m_file.empty())
        return {};
    auto content = readSmallFile(m_file, kLargestFile);
    if (!content && content.error().code != ErrorCode::NotFound)
        return fail(std::move(content).error());
    if (content) {
        auto document = parseJson(*content);
        auto plans = document ? plansFrom(*document) : Result<Plans>(fail(std::move(document).error()));
        if (!plans) {
            Error error = std::move(plans).error();
            error.detail = "'" + m_file.string() + "' cannot be used: " + error.detail;
            error.context.path = m_file.string();
            return fail(std::move(error));
        }
        m_plans = std::move(*plans);
    }
    m_isLoaded = true;
    return {};
}

/// Written first: what could not be kept is not taken on either.
Result<> PreloadPlans::change(const std::function<Result<>(Plans&)>& change)
{
    const std::lock_guard lock{m_mutex};
    if (auto loaded = load(); !loaded)
        return loaded;
    Plans changed = m_plans;
    if (auto done = change(changed); !done)
        return done;
    if (!m_file.empty() && changed != m_plans) {
        Json document{{"plans", Json::array()}};
        for (const PreloadPlan& plan : changed)
            document["plans"].push_back(toJson(plan));
        if (auto written = writeFileAtomically(m_file, writeJson(document, 2) + "\n"); !written)
            return written;
    }
    m_plans = std::move(changed);
    return {};
}

Json toJson(const PreloadPlan& plan)
{
    Json models = Json::array();
    for (const PreloadEntry& entry : plan.entries)
        models.push_back({{"model_id", entry.model.text}, {"device_id", placeOf(entry)}});
    return {
        {"name", plan.name},
        {"models", std::move(models)},
        {"runs_at_start", plan.runsAtStart},
        {"is_unfinished", plan.isUnfinished},
    };
}

} // namespace weightroom::engine

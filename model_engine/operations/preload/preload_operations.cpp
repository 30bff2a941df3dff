// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/preload/preload_operations.h"

#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/preload/preload_run.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kLongestDeadline = 7 * 24 * 3600; // seconds: a week

std::optional<Clock::Steady> deadlineFrom(const EngineServices& services, const Arguments& arguments)
{
    if (!arguments.has("deadline_seconds"))
        return std::nullopt;
    return services.clock.now() + std::chrono::seconds{arguments.integer("deadline_seconds", 0)};
}

Json resultsJson(const EngineSnapshot& now, const std::vector<PreloadResult>& results)
{
    Json rows = Json::array();
    for (const PreloadResult& result : results) {
        const auto model = findModel(now, result.entry.model);
        rows.push_back({
            {"model_id", result.entry.model.text},
            {"name", model ? Json((*model)->record->name) : Json()},
            {"device_id", placeOf(result.entry)},
            {"outcome", toText(result.outcome)},
            {"seconds", result.took.count()},
            {"error", result.error ? toJson(*result.error) : Json()},
        });
    }
    return rows;
}

Result<Json> preload(
    EngineServices& services, std::span<const PreloadEntry> entries, const Arguments& arguments, JobContext& job)
{
    const auto results = runPreload(services, entries, deadlineFrom(services, arguments), job);
    if (!results)
        return fail(results.error());
    return Json{{"models", resultsJson(*services.snapshot(), *results)}};
}

Result<Json> postModelPreload(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const PreloadEntry entry{ModelId{arguments.text("model_id")}, DeviceId{arguments.text("device_id")}};
    const EngineSnapshotPtr now = services.snapshot();
    if (auto model = findModel(*now, entry.model); !model)
        return fail(std::move(model).error());
    auto answer = preload(services, std::span{&entry, 1}, arguments, job);
    if (!answer)
        return answer;
    return answer->at("models").at(0);
}

/// While it runs the plan counts as unfinished, so that it goes on after a crash too. One that the user cancels is done
/// with; one that ends with the program is not.
Result<Json> postPreloadRun(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const std::string name = arguments.text("name");
    auto plan = services.preloadPlans->find(name);
    if (!plan)
        return fail(std::move(plan).error());
    if (auto noted = services.preloadPlans->setUnfinished(name, true); !noted)
        return fail(std::move(noted).error());
    auto answer = preload(services, plan->entries, arguments, job);
    if (job.isShutdown())
        return answer;
    if (auto noted = services.preloadPlans->setUnfinished(name, false); !noted)
        return fail(std::move(noted).error());
    if (answer)
        (*answer)["name"] = name;
    return answer;
}

/// What carrying a plan out would take, as far as the catalogue knows its models.
Json needsOf(const EngineSnapshot& now, const PreloadPlan& plan)
{
    std::map<DeviceId, Bytes> devices;
    Bytes cache;
    Json missing = Json::array();
    for (const PreloadEntry& entry : plan.entries) {
        const auto model = findModel(now, entry.model);
        if (!model) {
            missing.push_back(entry.model.text);
            continue;
        }
        Bytes size;
        for (const ComponentRecord& component : (*model)->record->identified.components)
            size += component.size;
        cache += size;
        if (!entry.device.empty())
            devices[entry.device] += size;
    }
    Json rows = Json::array();
    for (const auto& [id, bytes] : devices) {
        const auto device = std::ranges::find(now.devices, id, [](const DeviceState& d) { return d.description.id; });
        const bool isThere = device != now.devices.end();
        rows.push_back({{"device_id", id.text}, {"needed_bytes", bytes.value},
            {"capacity_bytes", isThere ? Json(device->memory.ours.capacity.value) : Json()},
            {"fits", isThere && bytes <= device->memory.ours.capacity}});
    }
    return {
        {"cache",
            {{"needed_bytes", cache.value}, {"budget_bytes", now.cache.memory.capacity.value},
                {"fits", cache <= now.cache.memory.capacity}}},
        {"devices", std::move(rows)},
        {"missing_model_ids", std::move(missing)},
    };
}

Result<Json> getPreloadPlans(EngineServices& services)
{
    auto plans = services.preloadPlans->all();
    if (!plans)
        return fail(std::move(plans).error());
    const EngineSnapshotPtr now = services.snapshot();
    Json rows = Json::array();
    for (const PreloadPlan& plan : *plans) {
        Json row = toJson(plan);
        row["needs"] = needsOf(*now, plan);
        rows.push_back(std::move(row));
    }
    return Json{{"plans", std::move(rows)}};
}

Result<Json> postPreloadPlan(EngineServices& services, const Arguments& arguments)
{
    const std::vector<std::string> models = arguments.texts("model_ids");
    const std::vector<std::string> devices = arguments.texts("device_ids");
    if (devices.size() > 1 && devices.size() != models.size())
        return fail(ErrorCode::InvalidValue,
            "device_ids must name one device for all, or one for each of the " + std::to_string(models.size())
                + " models, not " + std::to_string(devices.size()),
            {.field = "device_ids"});
    PreloadPlan plan{
        .name = arguments.text("name"), .entries = {}, .runsAtStart = arguments.boolean("run_at_start", false)};
    for (std::size_t i = 0; i < models.size(); ++i) {
        const std::string cache{kPreloadIntoCache};
        plan.entries.push_back(preloadEntry(models[i], devices.empty() ? cache : devices[devices.size() == 1 ? 0 : i]));
    }
    if (auto kept = services.preloadPlans->put(plan); !kept)
        return fail(std::move(kept).error());
    Json answer = toJson(plan);
    answer["needs"] = needsOf(*services.snapshot(), plan);
    return answer;
}

/// What is loaded, device by device. What is wanted again is that, and not what happens to be in the cache.
PreloadPlan planOfLoaded(const EngineSnapshot& now)
{
    PreloadPlan plan{.name = std::string{kRestartPlan}, .entries = {}, .runsAtStart = false, .isUnfinished = true};
    for (const ModelState& model : now.models) {
        for (const ModelState::OnDevice& on : model.devices) {
            if (on.residency == Residency::Loaded && plan.entries.size() < kMostPreloadEntries)
                plan.entries.push_back({model.record->id, on.device});
        }
    }
    return plan;
}

Result<Json> postRestartPlan(EngineServices& services)
{
    const EngineSnapshotPtr now = services.snapshot();
    const PreloadPlan plan = planOfLoaded(*now);
    if (plan.entries.empty())
        return Json{{"plan", nullptr}};
    if (auto kept = services.preloadPlans->put(plan); !kept)
        return fail(std::move(kept).error());
    Json row = toJson(plan);
    row["needs"] = needsOf(*now, plan);
    return Json{{"plan", std::move(row)}};
}

Result<Json> deletePreloadPlan(EngineServices& services, const Arguments& arguments)
{
    if (auto removed = services.preloadPlans->remove(arguments.text("name")); !removed)
        return fail(std::move(removed).error());
    return Json{{"name", arguments.text("name")}};
}

FieldSpec nameField(std::string_view help)
{
    return {.name = "name", .type = FieldType::Text, .presence = Presence::Required, .help = help};
}

FieldSpec deadlineField()
{
    return {.name = "deadline_seconds",
        .type = FieldType::Integer,
        .help = "From now: a model whose turn has not come by then is left out. Left out: no deadline.",
        .minimum = 0,
        .maximum = kLongestDeadline};
}

FieldSpec priorityField()
{
    return {.name = "priority",
        .type = FieldType::Text,
        .help = "urgent: before all jobs that wait and are not; what runs already goes on. Left out: normal.",
        .allowed = {"normal", "urgent"}};
}

/// The same description, with the urgency that was asked for.
std::function<JobDescription(const Arguments&)> withPriority(std::function<JobDescription(const Arguments&)> describe)
{
    return [describe = std::move(describe)](const Arguments& arguments) {
        JobDescription description = describe(arguments);
        description.urgency = arguments.text("priority") == "urgent" ? JobUrgency::Urgent : JobUrgency::Normal;
        return description;
    };
}

std::function<JobDescription(const Arguments&)> describePlanJob(std::string operation, JobWeight weight)
{
    return [operation = std::move(operation), weight](const Arguments& arguments) {
        return JobDescription{.operation = operation,
            .modelId = {},
            .deviceId = {},
            .subject = arguments.has("name") ? arguments.text("name") : std::string{},
            .weight = weight};
    };
}

constexpr std::string_view kResultHelp = "model_id, name, device_id (or \"cache\"), outcome (loaded; cached, which "
                                         "may be for want of room on the device; "
                                         "no_room, too_late, failed), seconds, error";

OperationSpec modelPreloadSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_preload",
        .summary = "Makes a model ready ahead of use: in the cache, and on a device where it has room.",
        .duration = Duration::Long,
        .fields = {{.name = "model_id",
                       .type = FieldType::Text,
                       .presence = Presence::Required,
                       .help = "The model to make ready."},
            {.name = "device_id", .type = FieldType::Text, .help = "Where to; left out: into the cache only."},
            deadlineField(), priorityField()},
        .errors = {ErrorCode::ModelNotFound, ErrorCode::Cancelled},
        .answer = kResultHelp,
        .describe = withPriority(describeModelJob(services, "post_model_preload", JobWeight::Heavy)),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelPreload(services, arguments, *job); },
    };
}

OperationSpec runSpec(EngineServices& services)
{
    return {
        .family = "preload",
        .name = "post_preload_run",
        .summary =
            "Makes the models of a preload plan ready, in their order. Goes on at the next start when the program "
            "ends meanwhile.",
        .duration = Duration::Long,
        .fields = {nameField("The plan."), deadlineField(), priorityField()},
        .errors = {ErrorCode::PreloadPlanNotFound, ErrorCode::Cancelled, ErrorCode::IoError},
        .answer = "name, and models, each with model_id, name, device_id, outcome, seconds, error as "
                  "model.post_model_preload has them",
        .describe = withPriority(describePlanJob("post_preload_run", JobWeight::Heavy)),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postPreloadRun(services, arguments, *job); },
    };
}

OperationSpec plansSpec(EngineServices& services)
{
    return {
        .family = "preload",
        .name = "get_preload_plans",
        .summary = "The preload plans, and what carrying each out takes.",
        .duration = Duration::Long, // reads the file
        .fields = {},
        .errors = {ErrorCode::IoError, ErrorCode::PermissionDenied, ErrorCode::InvalidJson},
        .answer = "plans, each with name, models (model_id, device_id or \"cache\"), runs_at_start, is_unfinished, and "
                  "needs: bytes of the cache and of each device, whether they fit, missing_model_ids",
        .describe = describePlanJob("get_preload_plans", JobWeight::Light),
        .handler = [&services](const Arguments&, JobContext*) { return getPreloadPlans(services); },
    };
}

OperationSpec putSpec(EngineServices& services)
{
    return {
        .family = "preload",
        .name = "post_preload_plan",
        .summary = "Keeps a preload plan: the models of somebody's work, under a name. One of this name is replaced.",
        .duration = Duration::Long,
        .fields = {nameField("How the plan is called; up to 100 bytes."),
            {.name = "model_ids",
                .type = FieldType::TextList,
                .presence = Presence::Required,
                .help = "The models, the most urgent first.",
                .minimum = 1,
                .maximum = static_cast<std::int64_t>(kMostPreloadEntries)},
            {.name = "device_ids",
                .type = FieldType::TextList,
                .help = "Where to: one device for all, or one for each model; \"cache\", or left out: into the cache.",
                .minimum = 0,
                .maximum = static_cast<std::int64_t>(kMostPreloadEntries)},
            {.name = "run_at_start",
                .type = FieldType::Boolean,
                .help = "Whether it is carried out whenever the window or a session starts; left out: false."}},
        .errors = {ErrorCode::IoError, ErrorCode::PermissionDenied, ErrorCode::DiskFull, ErrorCode::InvalidJson},
        .answer = "the plan, as preload.get_preload_plans has it",
        .describe = describePlanJob("post_preload_plan", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return postPreloadPlan(services, arguments); },
    };
}

OperationSpec restartPlanSpec(EngineServices& services)
{
    return {
        .family = "preload",
        .name = "post_restart_plan",
        .summary =
            "Makes a preload plan of what is loaded now, which the next start of the window or a session carries "
            "out, once.",
        .duration = Duration::Long,
        .fields = {},
        .errors = {ErrorCode::IoError, ErrorCode::PermissionDenied, ErrorCode::DiskFull, ErrorCode::InvalidJson},
        .answer = "plan: as preload.get_preload_plans has it; null, and no plan is made, when nothing is loaded",
        .describe = describePlanJob("post_restart_plan", JobWeight::Light),
        .handler = [&services](const Arguments&, JobContext*) { return postRestartPlan(services); },
    };
}

OperationSpec deleteSpec(EngineServices& services)
{
    return {
        .family = "preload",
        .name = "delete_preload_plan",
        .summary = "Forgets a preload plan; what it has made ready stays.",
        .duration = Duration::Long,
        .fields = {nameField("The plan.")},
        .errors = {ErrorCode::PreloadPlanNotFound, ErrorCode::IoError, ErrorCode::PermissionDenied,
            ErrorCode::DiskFull},
        .answer = "name",
        .describe = describePlanJob("delete_preload_plan", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return deletePreloadPlan(services, arguments); },
    };
}

} // namespace

void addPreloadOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(modelPreloadSpec(services));
    registry.add(runSpec(services));
    registry.add(plansSpec(services));
    registry.add(putSpec(services));
    registry.add(restartPlanSpec(services));
    registry.add(deleteSpec(services));
}

} // namespace weightroom::engine

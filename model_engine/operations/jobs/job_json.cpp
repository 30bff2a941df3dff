// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/jobs/job_json.h"

#include "model_engine/core/clock.h"
#include "model_engine/core/json_fields.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

using Seconds = std::chrono::duration<double>;

/// The value that is called so; `first` where none is.
template <class Value>
Value valueNamed(const Json& name, Value first, Value last)
{
    for (auto value = static_cast<int>(first); name.is_string() && value <= static_cast<int>(last); ++value) {
        if (toText(static_cast<Value>(value)) == name.get_ref<const std::string&>())
            return static_cast<Value>(value);
    }
    return first;
}

/// A figure, a text as long as a path may be, or a few of them.
bool isShort(const Json& value)
{
    constexpr std::size_t kLongestText = 4096;
    constexpr std::size_t kMostEntries = 16;
    if (value.is_string())
        return value.get_ref<const std::string&>().size() <= kLongestText;
    return value.is_primitive() || (value.size() <= kMostEntries && std::ranges::all_of(value, isShort));
}

} // namespace

Json toJson(const JobSnapshot& job)
{
    const JobDescription& description = job.description;
    return {
        {"job_id", job.id.number},
        {"operation", description.operation},
        {"model_id", description.modelId.empty() ? Json(nullptr) : Json(description.modelId.text)},
        {"device_id", description.deviceId.empty() ? Json(nullptr) : Json(description.deviceId.text)},
        {"subject", description.subject},
        {"origin", toText(description.origin)},
        {"state", toText(job.state)},
        {"phase", toText(job.phase)},
        {"units_done", job.unitsDone},
        {"units_total", job.unitsTotal},
        {"units_per_second", job.unitsPerSecond},
        {"remaining_seconds", job.remaining ? Json(job.remaining->count()) : Json(nullptr)},
        {"elapsed_seconds", job.elapsed.count()},
        {"submitted_at", toIsoText(job.submittedAt, IsoPrecision::Seconds)},
        {"error", job.error ? toJson(*job.error) : Json(nullptr)},
    };
}

Result<JobSnapshot> jobFromJson(const Json& document)
{
    const auto id = countIn(document, "job_id");
    if (!id)
        return fail(ErrorCode::InvalidFormat, "the document describes no job: it has no job_id");
    JobSnapshot job;
    job.id = {*id};
    job.description.operation = textIn(document, "operation");
    job.description.modelId = {textIn(document, "model_id")};
    job.description.deviceId = {textIn(document, "device_id")};
    job.description.subject = textIn(document, "subject");
    job.state = valueNamed(memberIn(document, "state"), JobState::None, JobState::Cancelled);
    job.phase = valueNamed(memberIn(document, "phase"), JobPhase::None, JobPhase::Recovering);
    job.unitsDone = countIn(document, "units_done").value_or(0);
    job.unitsTotal = countIn(document, "units_total").value_or(0);
    job.unitsPerSecond = numberIn(document, "units_per_second").value_or(0);
    if (const auto remaining = numberIn(document, "remaining_seconds"))
        job.remaining = Seconds{*remaining};
    job.elapsed = Seconds{numberIn(document, "elapsed_seconds").value_or(0)};
    return job;
}

Json answerSummary(const Json& answer)
{
    Json summary = Json::object();
    if (!answer.is_object())
        return summary;
    for (const auto& [name, value] : answer.items()) {
        if (isShort(value))
            summary[name] = value;
    }
    return summary;
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/jobs.h"

namespace weightroom::engine {

/// A job as clients see it: job_id, operation, model_id, device_id, subject, origin, state, phase, units_done,
/// units_total (0: not known yet), units_per_second, remaining_seconds (null: cannot be said), elapsed_seconds,
/// submitted_at, error (null: none). The answer goes to who asked for the job.
[[nodiscard]] Json toJson(const JobSnapshot& job);

/// What toJson() has written: for clients of an engine in another process. Without times of the wall, error and origin.
/// Errors: InvalidFormat.
[[nodiscard]] Result<JobSnapshot> jobFromJson(const Json& document);

/// What the history of jobs keeps of an answer: what is short. The description of a model may have 256 KB.
[[nodiscard]] Json answerSummary(const Json& answer);

} // namespace weightroom::engine

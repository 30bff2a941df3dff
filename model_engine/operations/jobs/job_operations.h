// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace weightroom::engine {

struct EngineServices;
class OperationRegistry;

/// What runs, and how to end it: job.get_jobs, job.get_job, job.post_job_cancel.
void addJobOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine

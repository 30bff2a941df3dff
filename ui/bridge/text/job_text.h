// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/job_view.h"

namespace weightroom::ui {

/// "Loading sd_xl_base to HOST_0" while it runs, "Loaded sd_xl_base on HOST_0" when it is done.
[[nodiscard]] QString jobTitle(const JobView& job);
/// "2.41 of 6.46 GiB · 1.10 GiB/s · 4 s left" while it runs, what it took afterwards, the sentence when it failed.
[[nodiscard]] QString jobDetail(const JobView& job);
/// What the job is doing: "Reading from disk".
[[nodiscard]] QString phaseText(JobPhase phase);

} // namespace weightroom::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/output/progress_line.h"

#include "app/weightroomctl/output/text_table.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace weightroom::ctl {
namespace {

constexpr std::size_t kBarWidth = 30;

std::string bar(const engine::JobSnapshot& job)
{
    const double share =
        static_cast<double>(job.unitsDone) / static_cast<double>(std::max<std::uint64_t>(job.unitsTotal, 1));
    const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kBarWidth);
    return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] "
        + std::to_string(static_cast<int>(share * 100)) + " %";
}

std::string amount(const engine::JobSnapshot& job)
{
    if (job.phase == engine::JobPhase::Scanning)
        return std::to_string(job.unitsDone) + " of " + std::to_string(job.unitsTotal) + " files";
    if (job.description.operation == "post_model_benchmark")
        return std::to_string(job.unitsDone) + " of " + std::to_string(job.unitsTotal) + " steps";
    std::string text = toText(engine::Bytes{job.unitsDone}) + " of " + toText(engine::Bytes{job.unitsTotal});
    text += "  " + rateText(static_cast<std::uint64_t>(job.unitsPerSecond), 1);
    if (job.remaining)
        text += "  " + secondsText(job.remaining->count()) + " left";
    return text;
}

} // namespace

ProgressStyle ProgressLine::styleOfStandardError()
{
    return ::isatty(STDERR_FILENO) ? ProgressStyle::Terminal : ProgressStyle::None;
}

void ProgressLine::show(const engine::JobSnapshot& job)
{
    if (m_style == ProgressStyle::None || job.state == engine::JobState::Queued)
        return;
    // Carriage return and "erase to the end of the line": the next report takes the place of this one.
    std::string line = "\r\033[K";
    if (!job.isFinished() && job.unitsTotal > 0) {
        line += std::string{toText(job.phase)};
        line += "  " + bar(job) + "  " + amount(job);
    }
    const std::lock_guard lock{m_mutex};
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
}

} // namespace weightroom::ctl

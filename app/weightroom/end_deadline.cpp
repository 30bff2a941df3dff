// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroom/end_deadline.h"

#include <cstdio>
#include <cstdlib>

namespace weightroom {

void EndDeadline::begin(std::chrono::milliseconds patience)
{
    m_thread = std::jthread{[this, patience](const std::stop_token& stop) { wait(stop, patience); }};
}

void EndDeadline::wait(const std::stop_token& stop, std::chrono::milliseconds patience)
{
    std::unique_lock lock{m_mutex};
    m_end.wait_for(lock, stop, patience, [] { return false; });
    if (stop.stop_requested())
        return;
    std::fputs("weightroom: a drive does not answer; the program ends without what was under way there.\n", stderr);
    std::_Exit(EXIT_FAILURE);
}

} // namespace weightroom

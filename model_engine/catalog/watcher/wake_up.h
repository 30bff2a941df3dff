// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/file.h"
#include "model_engine/core/result.h"

#include <chrono>

namespace weightroom::engine {

/// Ends the wait of one thread from others. Thread-safe.
class WakeUp {
public:
    /// Errors: IoError when the system has no descriptor left.
    [[nodiscard]] static Result<WakeUp> make();

    void wake() const;
    /// Waits until it is woken, `other` is readable (-1: there is none), or the time is over. A wake that came before
    /// ends the wait too.
    void wait(int other, std::chrono::milliseconds longest) const;

private:
    explicit WakeUp(UniqueFd descriptor)
        : m_descriptor(std::move(descriptor))
    {
    }

    UniqueFd m_descriptor; ///< eventfd
};

} // namespace weightroom::engine

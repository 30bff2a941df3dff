// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"

#include <chrono>
#include <cstdint>

namespace weightroom::engine {

/// Ends the wait of one thread from others. Thread-safe.
class WakeUp {
public:
    /// Errors: IoError when the system has no descriptor left.
    [[nodiscard]] static Result<WakeUp> make();

    /// What else ends a wait: a descriptor, and its sign. -1: there is none.
    enum class Sign : std::uint8_t {
        Readable = 0, ///< inotify
        Urgent, ///< the triggers of /proc/pressure, which are always readable
    };
    struct Source {
        int descriptor = -1;
        Sign sign = Sign::Readable;
    };

    void wake() const;
    /// Waits until it is woken, `other` gives its sign, or the time is over. A wake that came before ends the wait too.
    void wait(Source other, std::chrono::milliseconds longest) const;

private:
    explicit WakeUp(UniqueFd descriptor)
        : m_descriptor(std::move(descriptor))
    {
    }

    UniqueFd m_descriptor; ///< eventfd
};

} // namespace weightroom::engine

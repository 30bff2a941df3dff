// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <pthread.h>
#include <stdexcept>

namespace weightroom::test {

/// While it lives, no thread of the default kind can be started in this process: the room asked for its stack is more
/// than a process can address. So it is also for root, to whom limits on the number of threads do not apply.
class NoNewThreads {
public:
    NoNewThreads()
    {
        if (::pthread_getattr_default_np(&m_before) != 0)
            throw std::runtime_error("no default attributes of threads");
        pthread_attr_t impossible;
        const bool isSet = ::pthread_attr_init(&impossible) == 0
            && ::pthread_attr_setstacksize(&impossible, kImpossibleStack) == 0
            && ::pthread_setattr_default_np(&impossible) == 0;
        ::pthread_attr_destroy(&impossible);
        if (!isSet)
            throw std::runtime_error("the default size of stacks cannot be set");
    }
    NoNewThreads(const NoNewThreads&) = delete;
    NoNewThreads& operator=(const NoNewThreads&) = delete;
    ~NoNewThreads()
    {
        ::pthread_setattr_default_np(&m_before);
        ::pthread_attr_destroy(&m_before);
    }

private:
    static constexpr std::size_t kImpossibleStack = std::size_t{1} << 60U;

    pthread_attr_t m_before{};
};

} // namespace weightroom::test

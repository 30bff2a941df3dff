// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace weightroom::test {

/// What the process holds that an operation might leave behind.
struct ResourceUse {
    std::vector<std::string> descriptors; ///< what each open descriptor refers to, sorted
    std::size_t threads = 0;
    std::vector<std::string> sharedMappings; ///< shared mappings by name, sorted: memfd slabs, mapped files
};

/// Counts now. Take it after a first round of the same operation: libraries open what they keep on first use.
[[nodiscard]] ResourceUse currentResources();

/// What is held now and was not held before, or the other way round, in words; empty when it is the same. A thread that
/// was joined stays in the kernel's list for some microseconds, so a difference is looked at again for up to two
/// seconds.
[[nodiscard]] std::string resourcesLeft(const ResourceUse& before);

} // namespace weightroom::test

/// Fails the test when descriptors, threads or shared mappings differ from `before`. Needs <QTest>.
#define VERIFY_NOTHING_LEFT(before)                                                                                    \
    do {                                                                                                               \
        const std::string left_ = ::weightroom::test::resourcesLeft(before);                                           \
        QVERIFY2(left_.empty(), left_.c_str());                                                                        \
    } while (false)

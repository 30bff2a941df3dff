// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace weightroom::engine {

/// Lets this process open as many files as the system allows it at most, where it began with fewer: a descriptor is
/// taken for each client, and for each block of memory that is lent and not sent yet. For programs, at their start; for
/// children it holds too. Says what the limit is now.
std::uint64_t raiseDescriptorLimit();

} // namespace weightroom::engine

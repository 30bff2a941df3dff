// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

namespace weightroom::engine {

/// Called, on any thread, whenever a file system has answered something: what takes long is not yet what hangs.
using SignOfLife = std::function<void()>;

} // namespace weightroom::engine

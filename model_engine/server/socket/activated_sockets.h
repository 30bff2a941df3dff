// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/server/socket/socket_place.h"

#include <vector>

namespace weightroom::engine {

/// The listening Unix sockets that a service manager has opened for this process and handed over when somebody
/// connected to one of them (socket activation: sd_listen_fds(3); LISTEN_PID and LISTEN_FDS in the environment). Takes
/// the variables out of the environment, so that no child believes that they are meant for it. Call it at the start of
/// a program, once. Empty: the process was started in another way. Errors: InvalidValue, for something else than a
/// listening Unix socket with a path.
[[nodiscard]] Result<std::vector<ListeningSocket>> takeActivatedSockets();

} // namespace weightroom::engine

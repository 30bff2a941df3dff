// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/ids.h"

#include <cstdint>
#include <string>

namespace weightroom::engine {

/// By which way somebody asks. None: the engine's own program needs none.
enum class ClientKind : std::uint8_t { None = 0, Socket, Rest };

/// Who asks for an operation: a program that is connected to the local socket. Nobody, with the id 0, where the request
/// comes from the engine's own program or by a way on which there is no lasting connection: nothing can be lent to such
/// a one, because nobody would notice its end.
struct Client {
    ClientId id{};
    std::int32_t processId = 0; ///< as the system said when it connected; the number may be another's by now
    std::string name{}; ///< of its program, as the system has it; UTF-8
    ClientKind kind = ClientKind::None;

    [[nodiscard]] bool isNobody() const { return id == ClientId{}; }
};

} // namespace weightroom::engine

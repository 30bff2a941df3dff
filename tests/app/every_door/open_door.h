// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/app/every_door/door.h"
#include "tests/app/every_door/scene.h"

#include <cstdint>
#include <memory>

namespace weightroom::test {

enum class DoorKind : std::uint8_t {
    Direct,
    Socket,
    ReadSocket, ///< for what changes nothing; the other one for the rest
    Rest,
    RestForReading, ///< likewise with its tokens
    RestInPascal,
    Call,
    Session,
};

/// A door to the engine of a scene that has begun, and goes on longer than the door.
[[nodiscard]] std::unique_ptr<AnyDoor> openDoor(DoorKind kind, Scene& scene);

} // namespace weightroom::test

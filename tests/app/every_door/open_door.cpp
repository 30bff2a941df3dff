// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/every_door/open_door.h"

#include "tests/app/every_door/engine_doors.h"
#include "tests/app/every_door/program_doors.h"
#include "tests/app/every_door/rest_door.h"

using namespace weightroom::engine;

namespace weightroom::test {

std::unique_ptr<AnyDoor> openDoor(DoorKind kind, Scene& scene)
{
    const auto rest = [&](Reading reading, RestNaming naming) {
        return std::make_unique<RestDoor>(scene.engine().operations(), scene.port(), scene.tokens(), reading, naming);
    };
    switch (kind) {
    case DoorKind::Direct:
        return std::make_unique<DirectDoor>(scene.engine());
    case DoorKind::Socket:
        return std::make_unique<SocketDoor>(scene.place(), Reading::AsFull);
    case DoorKind::ReadSocket:
        return std::make_unique<SocketDoor>(scene.place(), Reading::Apart);
    case DoorKind::Rest:
        return rest(Reading::AsFull, RestNaming::Snake);
    case DoorKind::RestForReading:
        return rest(Reading::Apart, RestNaming::Snake);
    case DoorKind::RestInPascal:
        return rest(Reading::AsFull, RestNaming::Pascal);
    case DoorKind::Call:
        return std::make_unique<CallDoor>(scene.place());
    case DoorKind::Session:
        return std::make_unique<SessionDoor>(scene.place());
    }
    return nullptr;
}

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/socket/socket_place.h"
#include "tests/app/ctl_rig.h"
#include "tests/app/every_door/door.h"

#include <QProcess>

namespace weightroom::test {

/// `weightroomctl call`: each time a program of its own, which asks the engine that is served.
class CallDoor final : public AnyDoor {
public:
    explicit CallDoor(const engine::SocketPlace& place)
        : m_whose{QStringLiteral("--socket-folder"), QFile::decodeName(place.folder.c_str())}
    {
    }
    /// With an engine that each program makes for itself, and to which nobody is connected.
    CallDoor()
        : m_whose{QStringLiteral("--own-engine")}
    {
    }
    [[nodiscard]] Answer ask(const std::string& operation, const engine::Json& fields) override;

private:
    const QStringList m_whose;
    const CtlRig m_rig;
};

/// `weightroomctl session`: one program, which is connected until the door is gone.
class SessionDoor final : public AnyDoor {
public:
    explicit SessionDoor(const engine::SocketPlace& place);
    ~SessionDoor() override;

    [[nodiscard]] Answer ask(const std::string& operation, const engine::Json& fields) override;

private:
    const CtlRig m_rig;
    QProcess m_process;
};

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/engine.h"
#include "tests/app/every_door/door.h"
#include "tests/model_engine/server/line_client.h"

namespace weightroom::test {

/// The engine itself, in the same process.
class DirectDoor final : public AnyDoor {
public:
    /// The engine outlives the door.
    explicit DirectDoor(engine::Engine& engine)
        : m_engine(engine)
    {
    }
    [[nodiscard]] Answer ask(const std::string& operation, const engine::Json& fields) override;

private:
    engine::Engine& m_engine;
};

/// A line of JSON-RPC on the local socket; the connection stays.
class SocketDoor final : public AnyDoor {
public:
    SocketDoor(const engine::SocketPlace& place, Reading reading)
        : m_full(place.socket())
        , m_reader(place.readSocket())
        , m_reading(reading)
    {
    }
    [[nodiscard]] Answer ask(const std::string& operation, const engine::Json& fields) override;

private:
    LineClient m_full;
    LineClient m_reader;
    Reading m_reading;
};

/// Whether the name of an operation says that it changes nothing.
[[nodiscard]] bool isGet(const std::string& operation);

} // namespace weightroom::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/server/rest/rest_message.h"

#include <string>

namespace weightroom::test {

/// What an operation has come to at a door.
struct Answer {
    bool isError = false;
    engine::Json document{}; ///< the answer; of an error the typed one (E1)
    std::string
        wrong{}; ///< what is wrong with how the door has put it (a status, a code, another line); empty: nothing

    /// The code of the typed error; empty for an answer. In any naming.
    [[nodiscard]] std::string code() const
    {
        for (const char* key : {"code", "Code"}) {
            if (isError && document.contains(key))
                return document.at(key).get<std::string>();
        }
        return {};
    }
};

/// One way to the operations of an engine.
class AnyDoor {
public:
    AnyDoor() = default;
    AnyDoor(const AnyDoor&) = delete;
    AnyDoor& operator=(const AnyDoor&) = delete;
    virtual ~AnyDoor() = default;

    /// Calls an operation by its full name, and waits. Names of fields are given in snake_case, whatever the door
    /// wants.
    [[nodiscard]] virtual Answer ask(const std::string& operation, const engine::Json& fields) = 0;
    /// How names are written in its answers.
    [[nodiscard]] virtual engine::RestNaming naming() const { return engine::RestNaming::Snake; }
};

/// Whether a door is used with what only reads where that is enough: for operations that change nothing.
enum class Reading : std::uint8_t { AsFull, Apart };

} // namespace weightroom::test

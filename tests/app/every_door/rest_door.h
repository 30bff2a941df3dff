// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"
#include "model_engine/server/rest/rest_routes.h"
#include "model_engine/server/rest/rest_tokens.h"
#include "tests/app/every_door/door.h"

#include <cstdint>

namespace weightroom::test {

class HttpClient;

/// HTTP on a port of this machine. Operations that have no route are asked for where they would have one, by the rule
/// of docs/rest.md.
class RestDoor final : public AnyDoor {
public:
    RestDoor(const engine::OperationRegistry& operations, std::uint16_t port, engine::RestTokens tokens,
        Reading reading, engine::RestNaming naming);

    [[nodiscard]] Answer ask(const std::string& operation, const engine::Json& fields) override;
    [[nodiscard]] engine::RestNaming naming() const override { return m_naming; }

private:
    [[nodiscard]] bool send(HttpClient& client, const engine::RestRoute& route, engine::Json fields) const;

    std::uint16_t m_port;
    engine::RestTokens m_tokens;
    Reading m_reading;
    engine::RestNaming m_naming;
    engine::OperationRegistry m_operations; ///< all as if they were for anybody
    engine::RestRoutes m_routes;
};

} // namespace weightroom::test

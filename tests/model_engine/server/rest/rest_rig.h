// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/socket/local_server.h"
#include "tests/model_engine/server/rest/http_client.h"
#include "tests/model_engine/server/scripted_engine.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

#include <memory>
#include <optional>
#include <string>

namespace weightroom::test {

inline const std::string kFull(64, 'a');

/// The doors of an engine that the test plays.
class RestRig {
public:
    explicit RestRig(engine::RestTiming timing = {}, std::function<engine::MonitorSnapshotPtr()> monitor = {})
        : scripted(std::move(monitor))
        , server(engine::LocalServer::start(scripted.served(), engine::ClaimedPlace::claim(place).value(), log).value())
        , port(
              server
                  ->openRest({.port = 0, .tokens = {.full = kFull, .readOnly = std::string(64, 'b')}, .timing = timing})
                  .value())
    {
    }
    [[nodiscard]] HttpClient client() const { return {port, kFull}; }

    TemporaryFolder folder;
    engine::SocketPlace place{folder / "weightroom"};
    RecordingLog log;
    ScriptedEngine scripted;
    std::unique_ptr<engine::LocalServer> server;
    std::uint16_t port;
};

inline bool isEcho(const std::optional<HttpAnswer>& answer) { return answer && answer->status == 200; }

} // namespace weightroom::test

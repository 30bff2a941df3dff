// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroom/served_place.h"

#include "model_engine/core/utf8.h"
#include "model_engine/server/rpc/rpc_client.h"

#include <chrono>
#include <thread>
#include <utility>

namespace weightroom {
namespace {

/// Another window that begins or ends needs so long at most, or it hangs.
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kPause{50};

/// Errors: those of RpcClient, Unsupported from an engine without a window.
engine::Result<> bringUpWindow(const engine::SocketPlace& place, const engine::Json& request)
{
    auto client = engine::RpcClient::connect(place.socket());
    if (!client)
        return engine::fail(std::move(client).error());
    client->setPatience(kPatience);
    auto shown = client->call("server.post_show_window", request, {});
    return shown ? engine::Result<>{} : engine::Result<>{engine::fail(std::move(shown).error())};
}

/// The names that JSON can have; the others stay in `unnamed`. Without folders it is a request that an older window
/// understands too.
engine::Json requestFor(const std::vector<std::filesystem::path>& folders, std::vector<std::filesystem::path>& unnamed)
{
    engine::Json names = engine::Json::array();
    for (const std::filesystem::path& folder : folders) {
        if (engine::isValidUtf8(folder.native()))
            names.push_back(folder.native());
        else
            unnamed.push_back(folder);
    }
    return names.empty() ? engine::Json::object() : engine::Json{{"folders", std::move(names)}};
}

/// Of one that has the place and listens not yet, or no more.
bool isBetween(const engine::Error& error)
{
    return error.code == engine::ErrorCode::NotFound || error.code == engine::ErrorCode::IoError;
}

} // namespace

ServedPlace claimServedPlace(const std::vector<std::filesystem::path>& folders)
{
    ServedPlace served;
    std::vector<std::filesystem::path> unnamed;
    const engine::Json request = requestFor(folders, unnamed);
    const auto place = engine::userSocketPlace();
    if (!place)
        return served; // no login session, so no programs that would look there
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (true) {
        auto claimed = engine::ClaimedPlace::claim(*place);
        if (claimed) {
            served.claimed = std::move(*claimed);
            return served;
        }
        served.problem = std::move(claimed).error();
        if (served.problem->code != engine::ErrorCode::AlreadyServed)
            return served;
        const auto shown = bringUpWindow(*place, request);
        if (shown) {
            served.problem.reset();
            served.isWindowElsewhere = true;
            served.unnamedFolders = std::move(unnamed);
            return served;
        }
        if (!isBetween(shown.error()) || std::chrono::steady_clock::now() >= end)
            return served;
        std::this_thread::sleep_for(kPause);
    }
}

} // namespace weightroom

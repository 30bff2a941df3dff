// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroom/served_place.h"

#include "model_engine/server/rpc_client.h"

namespace weightroom {
namespace {

/// False when who serves there has no window, or does not answer.
bool bringUpWindow(const engine::SocketPlace& place)
{
    auto client = engine::RpcClient::connect(place.socket());
    return client && client->call("server.post_show_window", engine::Json::object(), {});
}

} // namespace

ServedPlace claimServedPlace()
{
    ServedPlace served;
    const auto place = engine::userSocketPlace();
    if (!place)
        return served; // no login session, so no programs that would look there
    auto claimed = engine::ClaimedPlace::claim(*place);
    if (claimed)
        served.claimed = std::move(*claimed);
    else if (claimed.error().code == engine::ErrorCode::AlreadyServed && bringUpWindow(*place))
        served.isWindowElsewhere = true;
    else
        served.problem = std::move(claimed).error();
    return served;
}

} // namespace weightroom

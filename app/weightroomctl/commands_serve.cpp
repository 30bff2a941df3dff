// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "model_engine/core/descriptor_limit.h"
#include "model_engine/server/activated_sockets.h"

#include <iostream>
#include <semaphore>

namespace weightroom::ctl {
namespace {

void waitForTheEnd(const std::stop_token& stop)
{
    std::binary_semaphore ended{0};
    const std::stop_callback onStop{stop, [&ended] { ended.release(); }};
    ended.acquire();
}

/// Until SIGINT or SIGTERM, which is how it is meant to end: loads that run then roll back when the engine goes.
ExitStatus serve(Session& session)
{
    const auto place = session.socketPlace();
    if (!place)
        return printError(place.error());
    // Before an engine is made, which would take memory and GPUs for nothing.
    auto activated = engine::takeActivatedSockets();
    if (!activated)
        return printError(activated.error());
    auto claimed = engine::ClaimedPlace::claim(*place, std::move(*activated));
    if (!claimed)
        return printError(claimed.error());
    engine::raiseDescriptorLimit();
    session.expectMore();
    auto engine = session.openEngine();
    if (!engine)
        return printError(engine.error());
    if (auto served = (*engine)->serve(std::move(*claimed)); !served)
        return printError(served.error());
    std::cout << "Serving at " << place->socket().string() << std::endl;
    if ((*engine)->snapshot()->folders.empty())
        std::cerr << "No model folders are configured: `weightroomctl call settings.post_settings_update` sets them.\n";
    else
        (*engine)->start("model.get_available_models", engine::Json::object());
    waitForTheEnd(session.stopToken());
    return ExitStatus::Success;
}

} // namespace

void addServeCommand(CLI::App& app, Action& action)
{
    app.add_subcommand(
           "serve", "Runs an engine for the other programs of this user, until it is ended by SIGTERM or Ctrl+C")
        ->callback([&action] { action = serve; });
}

} // namespace weightroom::ctl

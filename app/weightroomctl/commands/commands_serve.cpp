// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "model_engine/core/files/user_folders.h"
#include "model_engine/core/system/descriptor_limit.h"
#include "model_engine/server/socket/activated_sockets.h"

#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace weightroom::ctl {
namespace {

/// What ends `serve`: a signal, or the loss of a GPU. Nothing of this process can use that GPU again; another process
/// can, which whoever watches over this one starts (systemd). Any thread.
class ServiceEnd {
public:
    void look(const engine::EngineSnapshotPtr& now)
    {
        for (const engine::DeviceState& device : now->devices) {
            if (device.lost)
                end(device.lost);
        }
    }
    /// The loss, if that was it.
    std::optional<engine::Error> wait(const std::stop_token& stop)
    {
        const std::stop_callback onStop{stop, [this] { end({}); }};
        std::unique_lock lock(m_mutex);
        m_ended.wait(lock, [this] { return m_isOver; });
        return m_loss;
    }

private:
    void end(std::optional<engine::Error> loss)
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_isOver)
            m_loss = std::move(loss);
        m_isOver = true;
        m_ended.notify_all();
    }

    std::mutex m_mutex;
    std::condition_variable m_ended;
    bool m_isOver = false;
    std::optional<engine::Error> m_loss;
};

/// What stands behind `serve`.
struct ServeOptions {
    bool withRest = false; ///< whatever the settings say
    std::optional<std::uint16_t> port; ///< 0: any that is free; absent: that of the settings
};

/// What the REST door is opened with; nothing where it is not wanted.
engine::Result<std::optional<engine::RestOptions>> restOptions(
    const Session& session, const ServeOptions& options, const engine::RestTokenFiles& files)
{
    const auto settings = session.settings();
    if (!settings)
        return engine::fail(settings.error());
    if (!options.withRest && !settings->restEnabled)
        return std::nullopt;
    auto tokens = engine::keptRestTokens(files);
    if (!tokens)
        return engine::fail(std::move(tokens).error());
    return engine::RestOptions{.port = options.port.value_or(settings->restPort), .tokens = std::move(*tokens)};
}

/// Opens the doors. What there is to say about them.
engine::Result<std::string> openDoors(engine::Engine& engine, engine::ClaimedPlace place,
    std::optional<engine::RestOptions> rest, const engine::RestTokenFiles& files)
{
    std::string said = "Serving at " + place.place().socket().string() + "\n";
    if (auto served = engine.serve(std::move(place)); !served)
        return engine::fail(std::move(served).error());
    if (!rest)
        return said;
    const auto port = engine.serveRest(std::move(*rest));
    if (!port)
        return engine::fail(port.error());
    return said + "Serving at http://127.0.0.1:" + std::to_string(*port) + "/api with the token in "
        + files.full().string() + " and, for reading only, that in " + files.readOnly().string() + "\n";
}

/// Until SIGINT or SIGTERM, which is how it is meant to end: loads that run then roll back when the engine goes, and
/// programs with leases are told.
ExitStatus serve(Session& session, const ServeOptions& options)
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
    const engine::RestTokenFiles files{engine::userConfigFolder()};
    auto rest = restOptions(session, options, files);
    if (!rest)
        return printError(rest.error());
    engine::raiseDescriptorLimit();
    session.expectMore();
    const auto theEnd = std::make_shared<ServiceEnd>();
    auto engine = session.openEngine([theEnd](const engine::EngineSnapshotPtr& now) { theEnd->look(now); });
    if (!engine)
        return printError(engine.error());
    const auto said = openDoors(**engine, std::move(*claimed), std::move(*rest), files);
    if (!said)
        return printError(said.error());
    std::cout << *said << std::flush;
    if ((*engine)->snapshot()->folders.empty())
        std::cerr << "No model folders are configured: `weightroomctl call settings.post_settings_update` sets them.\n";
    else
        (*engine)->start("model.get_available_models", engine::Json::object());
    const auto loss = theEnd->wait(session.stopToken());
    if (!loss)
        return ExitStatus::Success;
    // What whoever starts next brings back.
    if (const auto kept = (*engine)->call("preload.post_restart_plan", engine::Json::object(), session.stopToken());
        !kept)
        session.log().write(engine::LogLevel::Warning,
            "What is loaded will not be brought back by the next start: " + engine::describe(kept.error()));
    return printError(*loss);
}

} // namespace

void addServeCommand(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("serve",
        "Runs an engine for the other programs of this user, until it is ended by SIGTERM or Ctrl+C, or a GPU is lost");
    const auto options = std::make_shared<ServeOptions>();
    const auto* rest =
        command
            ->add_option("--rest", options->port,
                "Also by HTTP, on 127.0.0.1 and ::1 (docs/rest.md), at this port or, without one, that of "
                "the setting rest_port; 0: any that is free")
            ->expected(0, 1)
            ->type_name("[PORT]");
    command->callback([&action, options, rest] {
        options->withRest = rest->count() > 0;
        action = [options](Session& session) { return serve(session, *options); };
    });
}

} // namespace weightroom::ctl

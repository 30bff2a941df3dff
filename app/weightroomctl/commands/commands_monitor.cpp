// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/output/monitor_output.h"
#include "app/weightroomctl/output/standard_output.h"

#include <iostream>
#include <utility>

namespace weightroom::ctl {
namespace {

using engine::Json;

/// As many as an answer can have: an active alert may be an old one.
constexpr int kMostAlerts = 1000;

/// The state, with those of the alerts that are active.
engine::Result<Json> askMonitor(Session& session)
{
    auto answer = session.call("monitor.get_monitor_state", Json::object());
    if (!answer)
        return answer;
    const auto alerts = session.call("monitor.get_alerts", {{"limit", kMostAlerts}});
    if (!alerts)
        return alerts;
    Json active = Json::array();
    for (const Json& alert : alerts->at("alerts")) {
        if (alert.at("is_active").get<bool>())
            active.push_back(alert);
    }
    (*answer)["alerts"] = std::move(active);
    if (answer->at("history_problem").is_null())
        (*answer)["history_problem"] = alerts->at("history_problem");
    return answer;
}

ExitStatus monitor(Session& session)
{
    const auto answer = askMonitor(session);
    if (!answer)
        return printError(answer.error());
    if (session.format() == OutputFormat::Json)
        std::cout << engine::writeJson(*answer) << '\n';
    else
        printMonitor(*answer, std::cout, terminalWidth());
    return ExitStatus::Success;
}

} // namespace

void addMonitorCommand(CLI::App& app, Action& action)
{
    app.add_subcommand("monitor", "Shows who has the memory of each device, what the GPUs say, and active alerts")
        ->callback([&action] { action = monitor; });
}

} // namespace weightroom::ctl

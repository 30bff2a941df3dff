// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/self_test.h"

#include <iostream>

namespace weightroom::ctl {
namespace {

ExitStatus selftest(Session& session, const std::string& device)
{
    auto settings = session.settings();
    if (!settings)
        return printError(settings.error());
    auto report = runSelfTest(*settings, engine::DeviceId{device}, session.log(), session.stopToken(),
        session.format() == OutputFormat::Text ? &std::cout : nullptr);
    if (!report)
        return printError(report.error());
    if (session.format() == OutputFormat::Json)
        std::cout << engine::writeJson(toJson(*report)) << '\n';
    return report->isPassed() ? ExitStatus::Success : ExitStatus::Device;
}

} // namespace

void addSelftestCommand(CLI::App& app, Action& action)
{
    auto device = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand(
        "selftest", "Checks this machine: the promises of every device, and a whole load with its bytes read back");
    command->add_option("--device", *device, "Only this device, such as GPU_0; left out: all");
    command->callback(
        [&action, device] { action = [device](Session& session) { return selftest(session, *device); }; });
}

} // namespace weightroom::ctl

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/selftest/self_test.h"

#include <iostream>

namespace weightroom::ctl {
namespace {

ExitStatus selftest(Session& session, const std::string& device, const std::string& model)
{
    auto settings = session.settings();
    if (!settings)
        return printError(settings.error());
    SelfTestRequest request{.settings = std::move(*settings), .only = {device}};
    if (!model.empty())
        request.model = std::filesystem::absolute(model).lexically_normal();
    auto report = runSelfTest(
        request, session.log(), session.stopToken(), session.format() == OutputFormat::Text ? &std::cout : nullptr);
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
    auto model = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand(
        "selftest", "Checks and measures this machine: every device, and whole loads with their bytes read back");
    command->add_option("--device", *device, "Only this device, such as GPU_0; left out: all");
    command->add_option("--model", *model, "A model file to load, whose disk is measured; left out: a small sample")
        ->check(CLI::ExistingFile);
    command->callback([&action, device, model] {
        action = [device, model](Session& session) { return selftest(session, *device, *model); };
    });
}

} // namespace weightroom::ctl

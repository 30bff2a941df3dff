// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/commands.h"
#include "app/weightroomctl/output/text_table.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

namespace weightroom::ctl {
namespace {

using engine::Bytes;
using engine::Json;

struct LoadOptions {
    std::string model;
    std::string device;
    std::vector<std::string> components;
    std::string level; ///< empty: as the settings say
    std::string precision; ///< the same
    bool isVerified = false;
    bool isCacheOnly = false;
};

/// "3.9e-05"
std::string errorText(const Json& error)
{
    std::ostringstream text;
    text << std::setprecision(2) << error.get<double>();
    return text.str();
}

std::uint64_t number(const Json& row, const char* field) { return row.at(field).get<std::uint64_t>(); }

void addPhase(TextTable& table, const Json& answer, const char* name, const char* field, std::uint64_t bytes)
{
    const Json& times = answer.at("loading_time");
    if (!times.contains(field))
        return;
    const double seconds = times.at(field).get<double>();
    table.add({name, secondsText(seconds), bytes ? toText(Bytes{bytes}) : "", bytes ? rateText(bytes, seconds) : ""});
}

bool isConverted(const Json& answer)
{
    return std::ranges::any_of(answer.at("components"),
        [](const Json& component) { return !component.value("conversion", Json()).is_null(); });
}

void printPhases(const Json& answer)
{
    const std::uint64_t read = number(answer, "bytes_read");
    const std::uint64_t copied = answer.value("total_vram_bytes", std::uint64_t{0});
    TextTable table{{{"PHASE"}, {"TIME", Align::Right}, {"BYTES", Align::Right}, {"RATE", Align::Right}}};
    addPhase(table, answer, "plan", "planning_seconds", 0);
    addPhase(table, answer, "take memory", "allocating_seconds", 0);
    if (read > 0)
        addPhase(table, answer, "disk to cache", "disk_seconds", read);
    addPhase(table, answer, "cache to device", "copy_seconds", copied);
    if (isConverted(answer))
        addPhase(table, answer, "of it converting", "convert_seconds", 0);
    addPhase(table, answer, "read back", "verify_seconds", copied);
    addPhase(table, answer, "total", "total_seconds", copied ? copied : read);
    table.print(std::cout);
}

void printComponents(const Json& answer)
{
    TextTable table{{{"COMPONENT"}, {"TENSORS", Align::Right}, {"SIZE", Align::Right}, {"FROM"}}};
    for (const Json& component : answer.at("components")) {
        table.add({component.at("component_id").get<std::string>(), std::to_string(number(component, "tensor_count")),
            toText(Bytes{number(component, "size_bytes")}), component.at("was_cached").get<bool>() ? "cache" : "disk"});
    }
    table.print(std::cout);
}

/// What the conversion of each component has cost in precision.
void printConversions(const Json& answer)
{
    if (!isConverted(answer))
        return;
    TextTable table{{{"CONVERTED"}, {"TENSORS", Align::Right}, {"FROM", Align::Right}, {"TO", Align::Right},
        {"LARGEST ERROR", Align::Right}, {"MEAN ERROR", Align::Right}, {"OVERFLOWS", Align::Right}}};
    for (const Json& component : answer.at("components")) {
        const Json& done = component.at("conversion");
        if (done.is_null())
            continue;
        table.add({component.at("component_id").get<std::string>(), std::to_string(number(done, "tensor_count")),
            toText(Bytes{number(done, "size_bytes")}), toText(Bytes{number(done, "loaded_bytes")}),
            errorText(done.at("largest_error")), errorText(done.at("mean_error")),
            std::to_string(number(done, "overflow_count"))});
    }
    table.print(std::cout);
}

/// That it has failed at first, and what helped.
void printRecovery(const Json& answer)
{
    const Json recovery = answer.value("recovery", Json());
    if (recovery.is_null())
        return;
    std::cout << "It had failed with " << recovery.at("failed_with").at("code").get<std::string>()
              << " and was tried once more: " << engine::describe(engine::recoveryStepsFromJson(recovery.at("steps")))
              << '\n';
}

void printLoad(const Json& model, const Json& answer)
{
    std::cout << (answer.contains("device_id") ? "Loaded " : "Cached ")
              << engine::escapeForTerminal(model.at("name").get<std::string>());
    if (answer.contains("device_id"))
        std::cout << " on " << answer.at("device_id").get<std::string>() << ": " << number(answer, "total_vram_bytes")
                  << " bytes";
    std::cout << '\n';
    if (answer.at("components").empty()) {
        std::cout << "Everything was there already.\n";
        return;
    }
    printRecovery(answer);
    printComponents(answer);
    printConversions(answer);
    printPhases(answer);
    const Json& from = answer.at("read_from");
    if (number(answer, "bytes_read") > 0) {
        std::cout << "read: " << toText(Bytes{number(from, "disk_direct_bytes")}) << " past the page cache, "
                  << toText(Bytes{number(from, "page_cache_bytes")}) << " from the page cache, "
                  << toText(Bytes{number(from, "disk_buffered_bytes")}) << " through it\n";
    }
    if (answer.at("is_verified").get<bool>())
        std::cout << (isConverted(answer) ? "verified: every byte on the device is what the file's is converted to\n"
                                          : "verified: every byte on the device equals the file\n");
}

ExitStatus load(Session& session, const LoadOptions& options)
{
    auto model = findModel(session, options.model);
    if (!model)
        return printError(model.error());
    Json request{{"model_id", model->at("model_id")}};
    if (!options.device.empty())
        request["device_id"] = options.device;
    if (!options.components.empty())
        request["component_ids"] = options.components;
    if (options.isVerified)
        request["verify"] = true;
    if (!options.level.empty())
        request["optimization_level"] = options.level;
    if (!options.precision.empty())
        request["precision"] = options.precision;
    auto answer = session.call(options.isCacheOnly ? "model.post_model_cache" : "model.post_model_load", request);
    if (!answer)
        return printError(answer.error());
    if (session.format() == OutputFormat::Json)
        std::cout << engine::writeJson(*answer) << '\n';
    else
        printLoad(*model, *answer);
    return ExitStatus::Success;
}

ExitStatus unload(Session& session, const std::string& wanted, const std::string& device)
{
    auto model = findModel(session, wanted);
    if (!model)
        return printError(model.error());
    Json request{{"model_id", model->at("model_id")}};
    if (!device.empty())
        request["device_id"] = device;
    auto answer = session.call("model.post_model_unload", request);
    if (!answer)
        return printError(answer.error());
    if (session.format() == OutputFormat::Json) {
        std::cout << engine::writeJson(*answer) << '\n';
        return ExitStatus::Success;
    }
    for (const Json& row : answer->at("devices")) {
        std::cout << row.at("device_id").get<std::string>() << ": " << number(row, "freed_bytes")
                  << " bytes given back";
        if (row.contains("held_after_bytes"))
            std::cout << ", " << toText(Bytes{number(row, "held_after_bytes")}) << " still held there";
        std::cout << '\n';
    }
    return ExitStatus::Success;
}

/// Whose engine answers: what it holds stays when this run ends.
void printServer(const Json& server)
{
    if (!server.is_null())
        std::cout << "served by " << engine::escapeForTerminal(server.value("program", "weightroom")) << " "
                  << server.at("version").get<std::string>() << ", process " << number(server, "process_id") << "\n";
}

void printStatus(const Json& answer)
{
    printServer(answer.at("served_by"));
    TextTable table{{{"WHERE"}, {"WHAT IT IS"}, {"LOADED", Align::Right}, {"OVERHEAD", Align::Right},
        {"FREE", Align::Right}, {"CAPACITY", Align::Right}}};
    for (const Json& device : answer.at("devices")) {
        const std::string name =
            device.at("name").get<std::string>() + (device.at("is_lost").get<bool>() ? " (lost)" : "");
        table.add({device.at("device_id").get<std::string>(), name, toText(Bytes{number(device, "loaded_bytes")}),
            toText(Bytes{number(device, "overhead_bytes")}), toText(Bytes{number(device, "free_bytes")}),
            toText(Bytes{number(device, "capacity_bytes")})});
    }
    const Json& cache = answer.at("cache");
    const std::uint64_t held = number(cache, "held_bytes");
    const std::uint64_t budget = number(cache, "budget_bytes");
    table.add({"cache", "RAM cache", toText(Bytes{held - number(cache, "overhead_bytes")}),
        toText(Bytes{number(cache, "overhead_bytes")}), toText(Bytes{budget > held ? budget - held : 0}),
        toText(Bytes{budget})});
    table.print(std::cout);
    for (const Json& device : answer.at("unusable_devices"))
        std::cout << "not used: " << device.at("name").get<std::string>() << ": "
                  << device.at("error").at("message").get<std::string>() << '\n';
}

ExitStatus status(Session& session)
{
    const auto server = session.server();
    if (!server)
        return printError(server.error());
    auto answer = session.call("model.get_model_status", Json::object());
    if (!answer)
        return printError(answer.error());
    (*answer)["served_by"] = *server;
    if (session.format() == OutputFormat::Json)
        std::cout << engine::writeJson(*answer) << '\n';
    else
        printStatus(*answer);
    return ExitStatus::Success;
}

} // namespace

void addLoadCommands(CLI::App& app, Action& action)
{
    auto options = std::make_shared<LoadOptions>();
    CLI::App* loadCommand = app.add_subcommand("load", "Loads a model onto a device and says how long each phase took");
    loadCommand->add_option("model", options->model, "A file, or the id or name of a model in the configured folders")
        ->required();
    loadCommand->add_option("--device", options->device, "Where to, such as GPU_0 or HOST_0; left out: the first");
    loadCommand->add_option("--component", options->components, "Only this component; may be given again")->take_all();
    // Not into the cache, which keeps what the files have.
    auto* cacheOnly = loadCommand->add_flag("--cache-only", options->isCacheOnly, "Stop when it is in the RAM cache");
    loadCommand
        ->add_option("--optimization", options->level,
            "What may be converted to save memory: none, balanced or aggressive; left out: as the settings say")
        ->excludes(cacheOnly);
    loadCommand
        ->add_option("--precision", options->precision,
            "Load all weights as as_stored, fp32, fp16, bf16 or fp8_e4m3fn, or by_level")
        ->excludes(cacheOnly);
    loadCommand->add_flag("--verify", options->isVerified, "Read the device's bytes back and compare them");
    loadCommand->callback(
        [&action, options] { action = [options](Session& session) { return load(session, *options); }; });

    auto model = std::make_shared<std::string>();
    auto device = std::make_shared<std::string>();
    CLI::App* unloadCommand = app.add_subcommand("unload", "Gives a model's device memory back (within a session)");
    unloadCommand->add_option("model", *model, "A file, or the id or name of a model")->required();
    unloadCommand->add_option("--device", *device, "Where from; left out: everywhere");
    unloadCommand->callback([&action, model, device] {
        action = [model, device](Session& session) { return unload(session, *model, *device); };
    });

    app.add_subcommand("status", "Shows the devices and the cache, and who holds their bytes")->callback([&action] {
        action = status;
    });
}

} // namespace weightroom::ctl

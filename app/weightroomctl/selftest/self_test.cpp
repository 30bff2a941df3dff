// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/selftest/self_test.h"

#include "app/weightroomctl/output/text_table.h"
#include "app/weightroomctl/scratch_folder.h"
#include "app/weightroomctl/selftest/compaction_check.h"
#include "app/weightroomctl/selftest/torch_check.h"
#include "model_engine/benchmark/limits/machine_limits.h"
#include "model_engine/device/device_contract.h"
#include "model_engine/device/device_set.h"
#include "model_engine/engine.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace weightroom::ctl {
namespace {

using engine::Device;
using engine::DeviceId;
using engine::ErrorCode;
using engine::fail;
using engine::Json;
using engine::Result;

tl::unexpected<engine::Error> interrupted() { return fail(ErrorCode::Cancelled, "the self-test was interrupted"); }

template <class T>
std::optional<engine::Error> errorOf(const Result<T>& result)
{
    return result ? std::nullopt : std::optional{result.error()};
}

class SelfTest {
public:
    SelfTest(const SelfTestRequest& request, engine::LogSink& log, const std::stop_token& stop, std::ostream* out)
        : m_request(request)
        , m_log(log)
        , m_stop(stop)
        , m_out(out)
    {
    }

    Result<SelfTestReport> run();

private:
    Result<std::vector<DeviceId>> checkDevices();
    Result<> checkDevice(Device& device);
    void measure(Device& device);
    Result<> checkLoads(const std::vector<DeviceId>& devices);
    Result<std::string> prepareModel(engine::Engine& engine, const std::filesystem::path& scratch);
    Result<> checkLoad(engine::Engine& engine, const DeviceId& device, const std::string& model);
    void addUnload(engine::Engine& engine, const Json& target, const char* name);
    Result<Json> addLoad(engine::Engine& engine, Json target, const char* name);
    void add(SelfTestRow row);

    const SelfTestRequest& m_request;
    engine::LogSink& m_log;
    const std::stop_token& m_stop;
    std::ostream* m_out;
    const engine::SystemClock m_clock;
    SelfTestReport m_report;
};

Result<SelfTestReport> SelfTest::run()
{
    auto devices = checkDevices();
    if (!devices)
        return fail(std::move(devices).error());
    if (auto loaded = checkLoads(*devices); !loaded)
        return fail(std::move(loaded).error());
    if (m_out)
        *m_out << (m_report.isPassed() ? "All checks passed.\n" : "A check failed.\n");
    return m_report;
}

/// On devices that nothing else uses: the engine is opened later.
Result<std::vector<DeviceId>> SelfTest::checkDevices()
{
    const engine::DeviceSet set = openDevices(deviceSettingsOf(m_request.settings), m_log);
    if (m_request.only.empty()) {
        for (const engine::UnusableDevice& device : set.unusable)
            add({.device = {device.name}, .name = "device_can_be_used", .error = device.reason});
    }
    std::vector<DeviceId> tested;
    for (const auto& device : set.devices) {
        if (!m_request.only.empty() && device->description().id != m_request.only)
            continue;
        if (auto checked = checkDevice(*device); !checked)
            return fail(std::move(checked).error());
        tested.push_back(device->description().id);
    }
    if (tested.empty())
        return fail(ErrorCode::DeviceNotFound, "there is no device '" + m_request.only.text + "'",
            {.deviceId = m_request.only});
    return tested;
}

Result<> SelfTest::checkDevice(Device& device)
{
    const auto& description = device.description();
    if (m_out)
        *m_out << description.id.text << ": " << description.name << ", " << toText(description.capacity) << '\n';
    for (const engine::DeviceCheck& check : engine::deviceChecks()) {
        if (m_stop.stop_requested())
            return interrupted();
        add({.device = description.id, .name = std::string{check.name}, .error = errorOf(check.run(device))});
    }
    add(checkCompaction(device, m_log));
    add(checkTorch(device));
    measure(device);
    return m_stop.stop_requested() ? Result<>(interrupted()) : Result<>{};
}

void SelfTest::measure(Device& device)
{
    const auto limits = measureMachineLimits({.file = m_request.model, .device = &device}, m_clock, m_stop);
    const std::array<std::pair<const char*, std::optional<double>>, 5> rows{{
        {"limit_disk_read", limits.diskRead},
        {"limit_host_copy", std::max(limits.hostCopyOneThread, limits.hostCopyTwoThreads)},
        {"limit_upload", limits.deviceUpload},
        {"limit_download", limits.deviceDownload},
        {"limit_copy_within", limits.deviceCopyWithin},
    }};
    for (const auto& [name, rate] : rows) {
        if (rate)
            add({.device = device.description().id, .name = name, .bytesPerSecond = rate});
    }
    for (const engine::Error& reason : limits.missing)
        add({.device = device.description().id, .name = "limit", .skipped = reason.detail});
}

Result<> SelfTest::checkLoads(const std::vector<DeviceId>& devices)
{
    auto scratch = ScratchFolder::make();
    if (!scratch)
        return fail(std::move(scratch).error());
    engine::EngineOptions options{.settings = m_request.settings, .settingsFile = {}, .clock = nullptr, .log = nullptr};
    options.settings.optimizationLevel = engine::OptimizationLevel::None; // what is not asked for is not converted
    engine::Engine engine{std::move(options)};
    auto model = prepareModel(engine, scratch->path());
    if (!model)
        return fail(std::move(model).error());
    for (const DeviceId& device : devices) {
        if (auto checked = checkLoad(engine, device, *model); !checked)
            return checked;
    }
    return m_stop.stop_requested() ? Result<>(interrupted()) : Result<>{};
}

/// The id of the model that is loaded: the one that was asked for, or a sample.
Result<std::string> SelfTest::prepareModel(engine::Engine& engine, const std::filesystem::path& scratch)
{
    Json request{{"files", {m_request.model.string()}}};
    if (m_request.model.empty()) {
        request = {{"scan_directories", {scratch.string()}}};
        auto written = engine.call(
            "library.post_sample_library", {{"directory", scratch.string()}, {"model_types", {"vae"}}}, m_stop);
        if (!written)
            return fail(std::move(written).error());
    }
    auto found = engine.call("model.get_available_models", request, m_stop);
    if (!found)
        return fail(std::move(found).error());
    for (const char* list : {"models", "incompatible_models"}) {
        if (!found->at(list).empty())
            return found->at(list).front().at("model_id").get<std::string>();
    }
    return fail(ErrorCode::ModelNotFound, "no model was found to load");
}

Result<> SelfTest::checkLoad(engine::Engine& engine, const DeviceId& device, const std::string& model)
{
    // Another device may have filled the cache: this one begins on the disk too.
    if (auto dropped = engine.call("model.delete_model_cache", Json::object(), m_stop); !dropped)
        return fail(std::move(dropped).error());
    const Json target{{"model_id", model}, {"device_id", device.text}};
    if (addLoad(engine, target, "load_from_disk_reads_back_equal"))
        addUnload(engine, target, "unload_gives_every_byte_back");
    if (addLoad(engine, target, "load_from_cache_reads_back_equal"))
        addUnload(engine, target, "unload_gives_every_byte_back_again");
    Json converted = target;
    converted["precision"] = "bf16";
    if (addLoad(engine, converted, "load_in_bf16_reads_back_as_converted"))
        addUnload(engine, target, "unload_gives_every_converted_byte_back");
    return {};
}

Result<Json> SelfTest::addLoad(engine::Engine& engine, Json target, const char* name)
{
    const DeviceId device{target.at("device_id").get<std::string>()};
    target["verify"] = true;
    auto answer = engine.call("model.post_model_load", target, m_stop);
    SelfTestRow row{.device = device, .name = name, .error = errorOf(answer)};
    if (answer)
        row.bytesPerSecond =
            answer->at("bytes_copied").get<double>() / answer->at("loading_time").at("copy_seconds").get<double>();
    add(std::move(row));
    return answer;
}

void SelfTest::addUnload(engine::Engine& engine, const Json& target, const char* name)
{
    const DeviceId device{target.at("device_id").get<std::string>()};
    auto answer = engine.call("model.post_model_unload", target, m_stop);
    SelfTestRow row{.device = device, .name = name, .error = errorOf(answer)};
    const auto held = answer ? answer->at("devices").front().at("held_after_bytes").get<std::uint64_t>() : 0;
    if (held != 0)
        row.error =
            engine::Error{ErrorCode::DeviceError, std::to_string(held) + " bytes are still held", {.deviceId = device}};
    add(std::move(row));
}

void SelfTest::add(SelfTestRow row)
{
    if (m_out) {
        *m_out << (row.error ? "  FAILED  " : row.skipped.empty() ? "  ok      " : "  skipped ") << row.name;
        if (!row.skipped.empty())
            *m_out << "\n          " << engine::escapeForTerminal(row.skipped);
        if (row.bytesPerSecond)
            *m_out << "  " << rateText(*row.bytesPerSecond);
        if (row.error)
            *m_out << "\n          " << engine::escapeForTerminal(describe(*row.error));
        *m_out << std::endl; // rows are watched while they come
    }
    m_report.rows.push_back(std::move(row));
}

} // namespace

bool SelfTestReport::isPassed() const
{
    return std::ranges::none_of(rows, [](const SelfTestRow& row) { return row.error.has_value(); });
}

Result<SelfTestReport> runSelfTest(
    const SelfTestRequest& request, engine::LogSink& log, const std::stop_token& stop, std::ostream* out)
{
    return SelfTest{request, log, stop, out}.run();
}

Json toJson(const SelfTestReport& report)
{
    Json rows = Json::array();
    for (const SelfTestRow& row : report.rows) {
        Json entry{
            {"device_id", row.device.text}, {"check", row.name}, {"is_passed", !row.error && row.skipped.empty()}};
        if (row.error)
            entry["error"] = engine::toJson(*row.error);
        if (!row.skipped.empty())
            entry["skipped"] = row.skipped;
        if (row.bytesPerSecond)
            entry["bytes_per_second"] = *row.bytesPerSecond;
        rows.push_back(std::move(entry));
    }
    return {{"is_passed", report.isPassed()}, {"checks", std::move(rows)}};
}

} // namespace weightroom::ctl

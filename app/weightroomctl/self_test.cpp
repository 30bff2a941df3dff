// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/self_test.h"

#include "app/weightroomctl/text_table.h"
#include "app/weightroomctl/torch_check.h"
#include "model_engine/device/device_contract.h"
#include "model_engine/device/device_set.h"
#include "model_engine/engine.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ostream>

namespace weightroom::ctl {
namespace {

using engine::Device;
using engine::DeviceId;
using engine::ErrorCode;
using engine::fail;
using engine::Json;
using engine::Result;

/// A folder below the temporary one, removed with all that is in it.
class ScratchFolder {
public:
    static Result<ScratchFolder> make()
    {
        std::string name = (std::filesystem::temp_directory_path() / "weightroom-selftest-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            return fail(engine::systemError(errno, "make the folder", name));
        return ScratchFolder{std::move(name)};
    }
    ScratchFolder(ScratchFolder&& other) noexcept
        : m_path(std::exchange(other.m_path, {}))
    {
    }
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder()
    {
        std::error_code ignored;
        if (!m_path.empty())
            std::filesystem::remove_all(m_path, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    explicit ScratchFolder(std::string path)
        : m_path(std::move(path))
    {
    }
    std::filesystem::path m_path;
};

template <class T>
std::optional<engine::Error> errorOf(const Result<T>& result)
{
    return result ? std::nullopt : std::optional{result.error()};
}

class SelfTest {
public:
    SelfTest(const engine::Settings& settings, engine::LogSink& log, const std::stop_token& stop, std::ostream* out)
        : m_settings(settings)
        , m_log(log)
        , m_stop(stop)
        , m_out(out)
    {
    }

    Result<SelfTestReport> run(const DeviceId& only);

private:
    Result<std::vector<DeviceId>> checkContracts(const DeviceId& only);
    Result<> checkLoads(const std::vector<DeviceId>& devices);
    void checkOneLoad(engine::Engine& engine, const DeviceId& device, const std::string& model);
    void add(SelfTestRow row);
    Result<Json> addCall(
        engine::Engine& engine, const DeviceId& device, const char* name, const char* operation, const Json& request);

    const engine::Settings& m_settings;
    engine::LogSink& m_log;
    const std::stop_token& m_stop;
    std::ostream* m_out;
    SelfTestReport m_report;
};

Result<SelfTestReport> SelfTest::run(const DeviceId& only)
{
    auto devices = checkContracts(only);
    if (!devices)
        return fail(std::move(devices).error());
    if (auto loaded = checkLoads(*devices); !loaded)
        return fail(std::move(loaded).error());
    if (m_out)
        *m_out << (m_report.isPassed() ? "All checks passed.\n" : "A check failed.\n");
    return m_report;
}

/// The promises of every device, on devices that nothing else uses yet.
Result<std::vector<DeviceId>> SelfTest::checkContracts(const DeviceId& only)
{
    engine::DeviceSettings wanted;
    for (const engine::Bytes capacity : m_settings.hostDevices)
        wanted.hostDevices.push_back({capacity});
    wanted.useCuda = m_settings.useCuda;
    const engine::DeviceSet set = openDevices(wanted, m_log);
    std::vector<DeviceId> tested;
    for (const auto& device : set.devices) {
        const auto& description = device->description();
        if (!only.empty() && description.id != only)
            continue;
        tested.push_back(description.id);
        if (m_out)
            *m_out << description.id.text << ": " << description.name << ", " << toText(description.capacity) << '\n';
        for (const engine::DeviceCheck& check : engine::deviceChecks()) {
            if (m_stop.stop_requested())
                return fail(ErrorCode::Cancelled, "the self-test was interrupted");
            auto kept = check.run(*device);
            add({.device = description.id, .name = std::string{check.name}, .error = errorOf(kept)});
        }
        add(checkTorch(*device));
    }
    if (tested.empty())
        return fail(ErrorCode::DeviceNotFound, "there is no device '" + only.text + "'", {.deviceId = only});
    return tested;
}

Result<> SelfTest::checkLoads(const std::vector<DeviceId>& devices)
{
    auto folder = ScratchFolder::make();
    if (!folder)
        return fail(std::move(folder).error());
    engine::EngineOptions options{.settings = m_settings, .settingsFile = {}, .clock = nullptr, .log = nullptr};
    engine::Engine engine{std::move(options)};
    auto sample = engine.call(
        "library.post_sample_library", {{"directory", folder->path().string()}, {"model_types", {"vae"}}}, m_stop);
    if (!sample)
        return fail(std::move(sample).error());
    auto scanned = engine.call("model.get_available_models", {{"scan_directories", {folder->path().string()}}}, m_stop);
    if (!scanned)
        return fail(std::move(scanned).error());
    const Json& models = scanned->at("models");
    if (models.empty())
        return fail(ErrorCode::Internal, "the sample model was written and not found");
    for (const DeviceId& device : devices)
        checkOneLoad(engine, device, models.front().at("model_id").get<std::string>());
    return m_stop.stop_requested() ? Result<>(fail(ErrorCode::Cancelled, "the self-test was interrupted")) : Result<>{};
}

void SelfTest::checkOneLoad(engine::Engine& engine, const DeviceId& device, const std::string& model)
{
    const Json target{{"model_id", model}, {"device_id", device.text}};
    Json verified = target;
    verified["verify"] = true;
    if (!addCall(engine, device, "load_from_disk_reads_back_equal", "model.post_model_load", verified)
        || !addCall(engine, device, "unload_after_disk", "model.post_model_unload", target)
        || !addCall(engine, device, "load_from_cache_reads_back_equal", "model.post_model_load", verified))
        return;
    auto unloaded = addCall(engine, device, "unload_after_cache", "model.post_model_unload", target);
    if (!unloaded)
        return;
    const auto held = unloaded->at("devices").front().at("held_after_bytes").get<std::uint64_t>();
    SelfTestRow row{.device = device, .name = "unload_gives_every_byte_back"};
    if (held != 0)
        row.error =
            engine::Error{ErrorCode::DeviceError, std::to_string(held) + " bytes are still held", {.deviceId = device}};
    add(std::move(row));
}

Result<Json> SelfTest::addCall(
    engine::Engine& engine, const DeviceId& device, const char* name, const char* operation, const Json& request)
{
    auto answer = engine.call(operation, request, m_stop);
    SelfTestRow row{.device = device, .name = name, .error = errorOf(answer)};
    if (answer && answer->contains("loading_time"))
        row.figure = rateText(answer->at("total_vram_bytes").get<std::uint64_t>(),
                         answer->at("loading_time").at("copy_seconds").get<double>())
            + " copying";
    add(std::move(row));
    return answer;
}

void SelfTest::add(SelfTestRow row)
{
    if (m_out) {
        *m_out << (row.error ? "  FAILED  " : row.skipped.empty() ? "  ok      " : "  skipped ") << row.name;
        if (!row.skipped.empty())
            *m_out << "\n          " << engine::escapeForTerminal(row.skipped);
        if (!row.figure.empty())
            *m_out << "  (" << row.figure << ')';
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

Result<SelfTestReport> runSelfTest(const engine::Settings& settings, const DeviceId& only, engine::LogSink& log,
    const std::stop_token& stop, std::ostream* out)
{
    return SelfTest{settings, log, stop, out}.run(only);
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
        if (!row.figure.empty())
            entry["figure"] = row.figure;
        rows.push_back(std::move(entry));
    }
    return {{"is_passed", report.isPassed()}, {"checks", std::move(rows)}};
}

} // namespace weightroom::ctl

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/session.h"

#include "app/weightroomctl/output/byte_size.h"
#include "model_engine/core/files/user_folders.h"
#include "model_engine/operations/jobs/job_json.h"

#include <iostream>
#include <map>
#include <unistd.h>

namespace weightroom::ctl {
namespace {

using engine::Bytes;
using engine::ErrorCode;
using engine::fail;
using engine::Result;

/// Tells the terminal of the jobs of this client.
constexpr const char* kOwnJobs = "own_jobs";

engine::LogLevel logLevelFrom(const std::string& text)
{
    static const std::map<std::string, engine::LogLevel> kLevels{
        {"debug", engine::LogLevel::Debug}, {"info", engine::LogLevel::Info}, {"warning", engine::LogLevel::Warning}};
    const auto found = kLevels.find(text);
    return found == kLevels.end() ? engine::LogLevel::Error : found->second;
}

Result<Bytes> sizeFrom(const std::string& option, const std::string& text)
{
    const auto size = parseByteSize(text);
    if (!size || *size < engine::kMiB)
        return fail(ErrorCode::InvalidValue,
            option + ": '" + text + "' is not a size of at least 1 MiB in whole numbers, such as 8GiB or 1536MiB",
            {.field = option});
    return *size;
}

Result<std::vector<Bytes>> sizesFrom(const std::string& option, const std::vector<std::string>& texts)
{
    std::vector<Bytes> sizes;
    for (const std::string& text : texts) {
        auto size = sizeFrom(option, text);
        if (!size)
            return fail(std::move(size).error());
        sizes.push_back(*size);
    }
    return sizes;
}

std::vector<std::filesystem::path> absolutePaths(const std::vector<std::string>& texts)
{
    std::vector<std::filesystem::path> paths;
    for (const std::string& text : texts)
        paths.push_back(std::filesystem::absolute(text).lexically_normal());
    return paths;
}

} // namespace

bool GlobalOptions::describeAnEngine() const
{
    return ownEngine || !useCuda || !hostDevices.empty() || !cacheBudget.empty() || !folders.empty()
        || settingsFile != engine::defaultSettingsFile() || dataFolder != engine::userDataFolder();
}

Session::Session(const GlobalOptions& options, std::stop_token stop)
    : m_options(options)
    , m_stop(std::move(stop))
    , m_log(std::make_shared<engine::FileLog>(STDERR_FILENO, logLevelFrom(options.logLevel), m_clock))
    , m_progress(ProgressLine::styleOfStandardError())
{
}

Result<engine::Settings> Session::settings() const
{
    auto settings = engine::loadSettings(m_options.settingsFile, engine::defaultSettings(engine::systemMemory()));
    if (!settings)
        return settings;
    auto sizes = sizesFrom("--host-device", m_options.hostDevices);
    if (!sizes)
        return fail(std::move(sizes).error());
    if (!sizes->empty())
        settings->hostDevices = std::move(*sizes);
    if (!m_options.cacheBudget.empty()) {
        auto size = sizeFrom("--cache", m_options.cacheBudget);
        if (!size)
            return fail(std::move(size).error());
        settings->cacheBudget = *size;
    }
    if (!m_options.folders.empty())
        settings->modelFolders = absolutePaths(m_options.folders);
    settings->useCuda = settings->useCuda && m_options.useCuda;
    return settings;
}

Result<engine::Engine*> Session::openEngine(std::function<void(const engine::EngineSnapshotPtr&)> changed)
{
    if (m_engine)
        return m_engine.get();
    auto chosen = settings();
    if (!chosen)
        return fail(std::move(chosen).error());
    engine::EngineOptions options{.settings = std::move(*chosen),
        .settingsFile = m_options.settingsFile,
        .dataFolder = m_options.dataFolder,
        .watching = m_watching,
        .idleWork = m_idleWork,
        .preloadAtStart = m_preload,
        .memoryWatching = engine::MemoryWatching{.pressure = engine::PressureRequest::fromEnvironment()},
        .monitoring = m_monitoring,
        .clock = nullptr,
        .log = m_log};
    engine::EngineObserver observer;
    observer.snapshotChanged = std::move(changed);
    observer.jobChanged = [this](const engine::JobSnapshotPtr& job) { m_progress.show(*job); };
    m_engine = std::make_unique<engine::Engine>(std::move(options), std::move(observer));
    return m_engine.get();
}

Result<engine::SocketPlace> Session::socketPlace() const
{
    if (m_options.socketFolder.empty())
        return engine::userSocketPlace();
    return engine::SocketPlace{std::filesystem::absolute(m_options.socketFolder)};
}

/// Finds out once whom to ask. One that was named must be there; else nobody misses it.
Result<> Session::connect()
{
    if (m_reach != Reach::Unknown)
        return {};
    m_reach = Reach::Own;
    const bool isNamed = !m_options.socketFolder.empty();
    const auto place = socketPlace();
    if (!place || (!isNamed && m_options.describeAnEngine()))
        return {};
    auto client = engine::RpcClient::connect(place->socket());
    if (!client && (isNamed || client.error().code != ErrorCode::NotFound))
        return fail(std::move(client).error());
    if (!client)
        return {}; // none runs
    m_running.emplace(std::move(*client));
    m_reach = Reach::Running;
    auto subscribed = m_running->call("server.post_subscribe", {{"topics", {kOwnJobs}}}, m_stop);
    return subscribed ? Result<>{} : Result<>{fail(std::move(subscribed).error())};
}

Result<engine::Json> Session::call(std::string_view operation, const engine::Json& request)
{
    if (auto connected = connect(); !connected)
        return fail(std::move(connected).error());
    if (m_reach == Reach::Running)
        return callRunning(operation, request);
    auto opened = openEngine();
    if (!opened)
        return fail(std::move(opened).error());
    return (*opened)->call(operation, request, m_stop);
}

Result<engine::Json> Session::callRunning(std::string_view operation, const engine::Json& request)
{
    const auto show = [this](std::string_view method, const engine::Json& params) {
        if (method != "server.job_changed")
            return;
        if (const auto job = engine::jobFromJson(params))
            m_progress.show(*job);
    };
    auto answer = m_running->call(operation, request, m_stop, show);
    if (!answer && answer.error().code == ErrorCode::IoError) {
        // It has ended: the next command of a session looks anew.
        m_running.reset();
        m_reach = Reach::Unknown;
    }
    return answer;
}

Result<engine::Json> Session::server()
{
    if (auto connected = connect(); !connected)
        return fail(std::move(connected).error());
    if (m_reach != Reach::Running)
        return engine::Json();
    return callRunning("server.get_server_info", engine::Json::object());
}

Result<> Session::knowModels()
{
    if (auto connected = connect(); !connected)
        return connected;
    if (m_reach == Reach::Running)
        return {};
    auto opened = openEngine();
    if (!opened)
        return fail(std::move(opened).error());
    const auto now = (*opened)->snapshot();
    if (now->lastScan || now->folders.empty())
        return {};
    auto scanned = call("model.get_available_models", engine::Json::object());
    return scanned ? Result<>{} : Result<>(fail(std::move(scanned).error()));
}

ExitStatus printError(const engine::Error& error)
{
    std::cerr << engine::writeJson({{"error", engine::toJson(error)}}) << '\n';
    return exitStatusOf(error.code);
}

} // namespace weightroom::ctl

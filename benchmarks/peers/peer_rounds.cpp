// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/peers/peer_rounds.h"

#include "benchmarks/peers/waiting_program.h"
#include "model_engine/benchmark/limits/disk_limit.h"
#include "model_engine/benchmark/limits/page_cache.h"
#include "model_engine/cache/cache_memory.h"
#include "model_engine/engine.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <utility>

namespace weightroom::benchmarks {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Json;
using engine::Result;

constexpr std::array kPeers{"safetensors", "safetensors-pread", "safe_open-copy", "fastsafetensors", "runai"};
constexpr double kBytesOfAFigure = 1e9;
constexpr std::chrono::milliseconds kLookEvery{10};
constexpr int kMostLooks = 6000; // a minute
// A rented disk saves up while it rests, and is two to three times as fast for the first gigabytes after it: what began
// after a rest (a Python with its imports) looked faster than the disk can be. Each measurement reads up to a gigabyte.
constexpr int kMostLimits = 8;
constexpr double kIsSteady = 0.9; // of the one before

/// One load.
struct Taken {
    double seconds = 0;
    double cpuSeconds = 0;
};

double cpuSecondsOfThisProcess()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// What an engine has when the clock starts.
enum class Before : std::uint8_t {
    Nothing = 0,
    ReadyMemory, ///< made ready in idle time, as in the window
    HalfInCache, ///< the other model, which has half of the bytes; the file was read before
};

struct OwnKind {
    const char* name;
    Before before;
    bool isSharing;
};

/// Weightroom, loading into its cache.
class OwnLoad {
public:
    OwnLoad(std::filesystem::path file, std::filesystem::path other, const std::stop_token& stop)
        : m_file(std::move(file))
        , m_other(std::move(other))
        , m_stop(stop)
    {
    }

    /// Until the engine is as `kind` says.
    Result<> open(const OwnKind& kind)
    {
        std::error_code ignored;
        const engine::Bytes size{std::filesystem::file_size(m_file, ignored)};
        engine::EngineOptions options{.settings = engine::defaultSettings(engine::systemMemory()),
            .settingsFile = {},
            .idleWork = kind.before == Before::Nothing ? engine::IdleWork::Off : engine::IdleWork::On,
            .idleTiming = {.quiet = {}, .look = kLookEvery},
            .clock = nullptr,
            .log = nullptr};
        options.settings.hashWhenIdle = false; // these would read the disk
        options.settings.predictiveCaching = false;
        // Whole slabs: the last one, which the file fills in part only, is among them.
        const engine::Bytes ready{engine::alignUp(size.value, engine::CacheMemory::kSlabSize.value)};
        options.settings.poolReady = ready;
        options.settings.cacheBudget = size * 3 + engine::kGiB;
        options.settings.hostDevices = {};
        options.settings.useCuda = false;
        options.settings.shareContents = kind.isSharing;
        m_engine = std::make_unique<engine::Engine>(std::move(options));
        auto target = idOf(m_file);
        if (!target)
            return fail(std::move(target).error());
        m_target = std::move(*target);
        if (kind.before == Before::HalfInCache) {
            if (auto half = cacheTheOtherAndDropThis(); !half)
                return half;
        }
        return kind.before == Before::Nothing ? Result<>{} : waitUntilReady(ready);
    }

    Result<Taken> load()
    {
        const double cpu = cpuSecondsOfThisProcess();
        const auto begin = std::chrono::steady_clock::now();
        auto cached = call("model.post_model_cache", m_target);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        if (!cached)
            return fail(std::move(cached).error());
        return Taken{took.count(), cpuSecondsOfThisProcess() - cpu};
    }

private:
    static Result<> done(Result<Json> answer)
    {
        return answer ? Result<>{} : Result<>(fail(std::move(answer).error()));
    }

    /// What is equal is known once this model was read beside the other one.
    Result<> cacheTheOtherAndDropThis()
    {
        const auto other = idOf(m_other);
        if (!other)
            return fail(other.error());
        if (auto cached = call("model.post_model_cache", *other); !cached)
            return fail(std::move(cached).error());
        if (auto cached = call("model.post_model_cache", m_target); !cached)
            return fail(std::move(cached).error());
        return done(call("model.delete_model_cache", m_target));
    }

    /// In idle time, as in the window. As much as the system lets it be: a fifth of the memory stays free.
    Result<> waitUntilReady(engine::Bytes wanted)
    {
        for (int look = 0; look < kMostLooks; ++look) {
            if (m_stop.stop_requested())
                return fail(ErrorCode::Cancelled, "interrupted");
            if (m_engine->snapshot()->cache.ready >= wanted)
                return {};
            std::this_thread::sleep_for(kLookEvery);
        }
        return fail(ErrorCode::Unsupported, "no memory was made ready for the file");
    }

    /// Both files are asked for: what is not, is no model of the engine any more.
    Result<Json> idOf(const std::filesystem::path& file)
    {
        auto scanned = call("model.get_available_models", {{"files", {m_file.string(), m_other.string()}}});
        if (!scanned)
            return scanned;
        for (const Json& model : scanned->at("models")) {
            if (model.at("path") == file.string())
                return Json{{"model_id", model.at("model_id")}};
        }
        return fail(ErrorCode::ModelNotFound, "'" + file.string() + "' is not a model that can be loaded");
    }

    Result<Json> call(const char* operation, const Json& request) { return m_engine->call(operation, request, m_stop); }

    const std::filesystem::path m_file;
    const std::filesystem::path m_other;
    const std::stop_token m_stop;
    std::unique_ptr<engine::Engine> m_engine;
    Json m_target;
};

class PeerRounds {
public:
    PeerRounds(const PeerRequest& request, const std::stop_token& stop)
        : m_request(request)
        , m_stop(stop)
    {
        addOwn({"Weightroom", Before::Nothing, true}, request.file);
        addOwn({"Weightroom, memory ready", Before::ReadyMemory, true}, request.file);
        addOwn({"Weightroom, memory ready, not looking for equal tensors", Before::ReadyMemory, false}, request.file);
        if (request.second.empty())
            return;
        addOwn({"Weightroom, second model alone", Before::ReadyMemory, true}, request.second);
        addOwn({"Weightroom, second model, half of it in the cache", Before::HalfInCache, true}, request.second);
    }

    Result<PeerResult> run();

private:
    /// Makes the file's state right by `prepare`, when all but the load is done, and loads.
    using Load = std::function<Result<Taken>(const std::function<Result<>()>& prepare)>;
    void addOwn(const OwnKind& kind, const std::filesystem::path& file);
    void addPeers();
    Result<> round(std::mt19937& order);
    Result<double> limitOfTheTiredDisk();
    Result<> measure(std::size_t loader);

    const PeerRequest& m_request;
    const std::stop_token& m_stop;
    std::vector<Load> m_loads; ///< as m_result.figures
    std::vector<std::filesystem::path> m_files; ///< of each
    PeerResult m_result;
    const engine::SystemClock m_clock;
};

void PeerRounds::addOwn(const OwnKind& kind, const std::filesystem::path& file)
{
    m_result.figures.emplace_back().name = kind.name;
    m_files.push_back(file);
    m_loads.emplace_back([this, kind, file](const std::function<Result<>()>& prepare) -> Result<Taken> {
        OwnLoad own{file, m_request.file, m_stop};
        if (auto opened = own.open(kind); !opened)
            return fail(std::move(opened).error());
        if (auto prepared = prepare(); !prepared)
            return fail(std::move(prepared).error());
        return own.load();
    });
}

/// Those that can be run.
void PeerRounds::addPeers()
{
    if (m_request.python.empty())
        return;
    for (const char* peer : kPeers) {
        const std::vector<std::string> command{
            m_request.python.string(), WEIGHTROOM_PEERS "/peer_cpu_load.py", peer, m_request.file.string()};
        const auto load = [command](const std::function<Result<>()>& prepare) -> Result<Taken> {
            auto program = WaitingProgram::start(command);
            if (!program)
                return fail(std::move(program).error());
            if (auto prepared = prepare(); !prepared)
                return fail(std::move(prepared).error());
            auto numbers = program->numbers(2);
            if (!numbers)
                return fail(std::move(numbers).error());
            return Taken{numbers->at(0), numbers->at(1)};
        };
        if (!load([]() -> Result<> { return {}; })) {
            std::fprintf(stderr, "left out, it could not be run: %s\n", peer);
            continue;
        }
        m_result.figures.emplace_back().name = peer;
        m_files.push_back(m_request.file);
        m_loads.emplace_back(load);
    }
}

Result<PeerResult> PeerRounds::run()
{
    std::error_code ignored;
    m_result.size = engine::Bytes{std::filesystem::file_size(m_request.file, ignored)};
    addPeers();
    std::mt19937 order{1}; // NOLINT: the same orders in each run
    for (unsigned number = 0; number < m_request.rounds; ++number) {
        std::fprintf(stderr, "round %u of %u\n", number + 1, m_request.rounds);
        if (auto done = round(order); !done)
            return fail(std::move(done).error());
    }
    return m_result;
}

Result<> PeerRounds::round(std::mt19937& order)
{
    std::vector<std::size_t> turns(m_loads.size());
    std::iota(turns.begin(), turns.end(), std::size_t{0});
    std::ranges::shuffle(turns, order);
    for (const std::size_t turn : turns) {
        if (m_stop.stop_requested())
            return fail(ErrorCode::Cancelled, "interrupted");
        if (auto measured = measure(turn); !measured)
            return measured;
    }
    return {};
}

/// What the disk does when it has worked for a while, in bytes per second.
Result<double> PeerRounds::limitOfTheTiredDisk()
{
    double before = 0;
    for (int i = 0;; ++i) {
        auto measured = engine::measureDiskRead(m_request.file, m_clock, m_stop);
        if (!measured || (before > 0 && *measured > before * kIsSteady))
            return measured;
        if (i + 1 == kMostLimits) {
            std::fprintf(stderr, "the disk has not become steady: a load begins on one that gets slower\n");
            return measured;
        }
        before = *measured;
    }
}

Result<> PeerRounds::measure(std::size_t loader)
{
    PeerFigures& figures = m_result.figures[loader];
    const std::filesystem::path& file = m_files[loader];
    const double size = static_cast<double>(m_result.size.value);
    double limit = 0;
    const auto cold = m_loads[loader]([&]() -> Result<> {
        const auto before = limitOfTheTiredDisk();
        if (!before)
            return fail(before.error());
        limit = *before;
        return engine::makeCold(file);
    });
    if (!cold)
        return fail(cold.error());
    const auto after = engine::measureDiskRead(m_request.file, m_clock, m_stop);
    if (!after)
        return fail(after.error());
    limit = (limit + *after) / 2; // it drifts
    m_result.diskLimit.add(limit);
    figures.coldSeconds.add(cold->seconds);
    figures.coldToDisk.add(cold->seconds / (size / limit));
    figures.coldCpu.add(cold->cpuSeconds / size * kBytesOfAFigure);
    const auto warm = m_loads[loader]([&file] { return engine::makeWarm(file); });
    if (!warm)
        return fail(warm.error());
    figures.warmSeconds.add(warm->seconds);
    figures.warmCpu.add(warm->cpuSeconds / size * kBytesOfAFigure);
    return {};
}

} // namespace

Result<PeerResult> runPeerRounds(const PeerRequest& request, const std::stop_token& stop)
{
    return PeerRounds{request, stop}.run();
}

} // namespace weightroom::benchmarks

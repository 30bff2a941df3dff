// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_run.h"

#include "model_engine/benchmark/limits/machine_facts.h"
#include "model_engine/core/files/absolute_paths.h"
#include "model_engine/core/settings/feature_table.h"
#include "model_engine/operations/benchmark/benchmark_compute.h"
#include "model_engine/operations/benchmark/benchmark_limits.h"
#include "model_engine/operations/monitor/engine_monitor.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// A model of the run: kept to it while this lives.
struct Subject {
    ModelClaim claim;
    ModelRecordPtr record;
    PlaceInMemory place;
};

/// Errors: ModelUnusable, ComponentNotFound.
Result<> expectUsable(const ModelRecord& model, const std::set<ComponentId>& wanted)
{
    if (!model.isUsable())
        return fail(ErrorCode::ModelUnusable, "model '" + model.id.text + "' cannot be used: " + model.problem->detail,
            {.modelId = model.id});
    const auto& components = model.identified.components;
    for (const ComponentId& id : wanted) {
        if (std::ranges::find(components, id, &ComponentRecord::id) == components.end())
            return fail(ErrorCode::ComponentNotFound,
                "model '" + model.id.text + "' has no component '" + id.text + "'",
                {.modelId = model.id, .componentId = id});
    }
    return {};
}

ModelBenchmark described(const ModelRecord& model, const std::set<ComponentId>& wanted)
{
    BenchmarkModel subject{.id = model.id,
        .name = model.name,
        .content = model.contentKey,
        .size = {},
        .format = model.format,
        .components = {}};
    for (const ComponentRecord& component : model.identified.components) {
        if (!wanted.empty() && !wanted.contains(component.id))
            continue;
        subject.size += component.size;
        subject.components.push_back(component.id);
    }
    return {.model = std::move(subject), .stages = {}};
}

/// A report is handed on: where somebody's files lie is nobody's business.
Error withoutFolders(Error error, const ModelRecord& model)
{
    for (const ModelFile& file : model.files) {
        const std::string folder = file.path.parent_path().string() + "/";
        for (std::size_t at = 0; (at = error.detail.find(folder, at)) != std::string::npos;)
            error.detail.erase(at, folder.size());
    }
    error.detail = withoutAbsolutePaths(error.detail); // and where libraries and other programs lie
    if (!error.context.path.empty())
        error.context.path = std::filesystem::path{error.context.path}.filename().string();
    return error;
}

class BenchmarkRun {
public:
    BenchmarkRun(EngineServices& services, const BenchmarkRequest& request, RunningBenchmark& running, JobContext& job)
        : m_services(services)
        , m_request(request)
        , m_running(running)
        , m_job(job)
    {
    }

    Result<BenchmarkReport> run()
    {
        const Clock::Wall startedAt = m_services.clock.wallTime();
        const auto turn = m_running.begin(startedAt);
        if (!turn)
            return fail(turn.error());
        if (auto taken = takeSubjects(); !taken)
            return fail(std::move(taken).error());
        const Clock::Steady begin = m_services.clock.now();
        m_loadsBefore = loadCount();
        planSteps();
        measureLimits();
        for (std::size_t i = 0; i < m_subjects.size() && !m_isCut; ++i)
            measure(i);
        return report(startedAt, std::chrono::duration<double>(m_services.clock.now() - begin).count());
    }

private:
    Result<> takeSubjects()
    {
        const DeviceId device = m_request.lane ? m_request.lane->device().description().id : DeviceId{};
        for (const ModelId& model : m_request.models) {
            auto claim = ModelClaim::make(m_services, model, device);
            if (!claim)
                return fail(std::move(claim).error());
            auto record = claim->record();
            if (!record)
                return fail(std::move(record).error());
            if (auto usable = expectUsable(**record, m_request.components); !usable)
                return usable;
            auto place = placeInMemory(m_services, model, m_request.lane);
            if (!place)
                return fail(std::move(place).error());
            if (auto possible = expectPrecision(model); !possible)
                return possible;
            m_subjects.push_back({std::move(*claim), std::move(*record), std::move(*place)});
        }
        return {};
    }

    /// Errors: FeatureOff.
    Result<> expectPrecision(const ModelId& model)
    {
        const PrecisionRequest& wanted = m_request.settings.precision;
        const auto precision = m_services.executor.invoke([&] {
            return precisionFor(
                m_services.flags, m_services.tables, model, {.level = wanted.level, .precision = wanted.precision});
        });
        return precision || !m_request.lane ? Result<>{} : Result<>{fail(precision.error())};
    }

    /// All steps of a model.
    [[nodiscard]] std::uint64_t stepsOfModel() const
    {
        return stepsPerIteration(m_request) * m_request.settings.iterations
            + (m_request.settings.checksCompute ? 1U : 0U);
    }

    void planSteps()
    {
        std::vector<ModelBenchmark> models;
        for (const Subject& subject : m_subjects)
            models.push_back(described(*subject.record, m_request.components));
        const std::uint64_t steps = 1 + stepsOfModel() * m_subjects.size(); // and the limits
        m_running.plan(steps, std::move(models));
        m_job.setTotal(steps);
    }

    void measureLimits()
    {
        m_job.setPhase(JobPhase::Planning);
        m_limits = measureLimitsFor(m_services, m_request, *m_subjects.front().record, m_job.stopToken());
        for (Error& missing : m_limits.missing)
            missing = withoutFolders(std::move(missing), *m_subjects.front().record);
        stepsDone(1);
        m_job.setPhase(JobPhase::Reading);
    }

    void stepsDone(std::uint64_t count)
    {
        m_running.stepsDone(count);
        m_job.advance(count);
    }

    void measure(std::size_t number)
    {
        Subject& subject = m_subjects[number];
        BenchmarkSteps steps{m_services, m_request, m_running, m_job, {number, subject.record, subject.claim}};
        Result<> measured;
        for (std::uint32_t i = 1; measured && i <= m_request.settings.iterations; ++i) {
            measured = steps.run(i);
            m_completed += measured ? 1U : 0U;
        }
        if (const auto peer = steps.takePeer()) // its process ends before anything else is done on the device
            notePeer(number, *peer);
        m_isCut = !measured && m_job.isCancelled();
        if (!measured && !m_isCut)
            noteProblem(number, measured.error());
        if (measured && m_request.settings.checksCompute)
            calculate(number);
        if (!m_isCut)
            stepsDone(stepsOfModel() - steps.done());
        if (m_job.isShutdown())
            return; // the engine gives all of it back at once
        if (auto back = restorePlace(m_services, subject.place, m_request.lane, subject.record->id, subject.claim);
            !back)
            noteProblem(number, back.error());
    }

    /// With what the last iteration has left on the device.
    void calculate(std::size_t number)
    {
        const ModelRecord& model = *m_subjects[number].record;
        m_job.setPhase(JobPhase::Verifying);
        const ComputeOutcome outcome = checkCompute(m_services, model, m_request.lane->device(), m_job.stopToken());
        m_job.setPhase(JobPhase::Reading);
        noteDriverMemory(m_services, m_request.lane->device()); // of which LibTorch has some now
        m_running.add(number, outcome.checks);
        m_isCut = outcome.problem && outcome.problem->code == ErrorCode::Cancelled;
        if (!outcome.problem || m_isCut)
            return;
        m_services.log.write(LogLevel::Warning,
            "Not all is calculated with '" + model.id.text + "' that was to be: " + describe(*outcome.problem));
        Error problem = withoutFolders(*outcome.problem, model);
        m_running.setComputeProblem(number, problem);
    }

    void notePeer(std::size_t number, const BenchmarkPeer& peer)
    {
        std::optional<Error> problem = peer.problem();
        const ModelRecord& model = *m_subjects[number].record;
        if (problem) {
            m_services.log.write(LogLevel::Warning,
                "The peer of the benchmark of '" + model.id.text + "' has failed: " + describe(*problem));
            problem = withoutFolders(std::move(*problem), model);
        }
        m_running.setPeer(number, peer.result(), problem);
    }

    void noteProblem(std::size_t number, const Error& problem)
    {
        const ModelRecord& model = *m_subjects[number].record;
        m_services.log.write(
            LogLevel::Warning, "The benchmark of '" + model.id.text + "' has failed: " + describe(problem));
        if (!m_first)
            m_first = problem;
        m_running.setProblem(number, withoutFolders(problem, model));
    }

    /// Of others; nothing: nobody counts them.
    [[nodiscard]] std::optional<LoadLog::Count> loadCount() const
    {
        return m_services.monitor ? std::optional{m_services.monitor->loads().count()} : std::nullopt;
    }

    /// Loads that ran beside this.
    [[nodiscard]] std::optional<std::uint64_t> otherLoads() const
    {
        const auto now = loadCount();
        if (!now || !m_loadsBefore)
            return std::nullopt;
        return m_loadsBefore->running + now->begun - m_loadsBefore->begun;
    }

    [[nodiscard]] BenchmarkMachine machine() const
    {
        BenchmarkMachine machine = describeMachine();
        if (m_request.lane) {
            const Device& device = m_request.lane->device();
            std::string driver;
            if (m_services.monitor && device.description().kind == DeviceKind::Cuda)
                driver = m_services.monitor->now()->driverVersion;
            machine.device = describeDevice(device.description(), driver);
        }
        for (const FeatureSpec& feature : featureTable())
            machine.features[std::string{feature.name.text()}] = m_services.flags.isOn(feature.feature);
        return machine;
    }

    Result<BenchmarkReport> report(Clock::Wall startedAt, double seconds)
    {
        if (m_completed == 0 && m_isCut)
            return fail(ErrorCode::Cancelled, "the benchmark was cancelled before anything was measured");
        if (m_completed == 0 && m_first)
            return fail(*m_first);
        BenchmarkProgress measured = m_running.now().value();
        const bool hasFailed =
            std::ranges::all_of(measured.models, [](const ModelBenchmark& model) { return model.problem.has_value(); });
        const BenchmarkEnd end = m_isCut ? BenchmarkEnd::Cancelled
            : hasFailed                  ? BenchmarkEnd::Failed
                                         : BenchmarkEnd::Finished;
        return BenchmarkReport{.id = measured.id,
            .startedAt = std::chrono::floor<std::chrono::milliseconds>(startedAt),
            .seconds = seconds,
            .end = end,
            .settings = m_request.settings,
            .machine = machine(),
            .otherLoads = otherLoads(),
            .limits = std::move(m_limits),
            .models = std::move(measured.models)};
    }

    EngineServices& m_services;
    const BenchmarkRequest& m_request;
    RunningBenchmark& m_running;
    JobContext& m_job;
    std::vector<Subject> m_subjects;
    MachineLimits m_limits;
    std::optional<LoadLog::Count> m_loadsBefore;
    std::uint64_t m_completed = 0; ///< iterations, of all models
    std::optional<Error> m_first; ///< problem
    bool m_isCut = false; ///< a cancel has come before the last step
};

} // namespace

Result<BenchmarkReport> runBenchmark(
    EngineServices& services, const BenchmarkRequest& request, RunningBenchmark& running, JobContext& job)
{
    return BenchmarkRun{services, request, running, job}.run();
}

} // namespace weightroom::engine

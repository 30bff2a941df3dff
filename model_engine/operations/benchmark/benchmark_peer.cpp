// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_peer.h"

#include "model_engine/benchmark/peer/peer_script.h"
#include "model_engine/core/json_fields.h"
#include "model_engine/operations/benchmark/benchmark_state.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr const char* kName = "safetensors";
constexpr std::string_view kHint = "; WEIGHTROOM_PYTHON names a Python that has torch and safetensors";
constexpr std::size_t kLongestVersion = 64;

std::string python()
{
    const char* chosen = std::getenv("WEIGHTROOM_PYTHON"); // NOLINT(concurrency-mt-unsafe): nobody writes it
    return chosen && *chosen != '\0' ? chosen : "python3";
}

Bytes sizeOf(const ModelRecord& model)
{
    Bytes size;
    for (const ComponentRecord& component : model.identified.components)
        size += component.size;
    return size;
}

ChildProgram::Command commandFor(const ModelRecord& model, const DeviceDescription& device)
{
    const bool isGpu = device.kind == DeviceKind::Cuda;
    // -I: neither the folder that we run in nor variables for Python change what is imported.
    ChildProgram::Command command{.words = {python(), "-I", "-c", std::string{peerScript()}, isGpu ? "cuda:0" : "cpu"}};
    for (const ModelFile& file : model.files)
        command.words.push_back(file.path.string());
    if (isGpu)
        command.environment["CUDA_VISIBLE_DEVICES"] = device.uuid;
    return command;
}

/// The first file that safetensors cannot read; nullptr: it can read all.
const ModelFile* strangeFileOf(const ModelRecord& model)
{
    if (model.format == FileFormat::Safetensors)
        return nullptr;
    const bool isFolder = model.format == FileFormat::Diffusers;
    const auto strange = std::ranges::find_if(
        model.files, [&](const ModelFile& file) { return !isFolder || file.path.extension() != ".safetensors"; });
    return strange == model.files.end() ? nullptr : &*strange;
}

tl::unexpected<Error> strange(const Json& answer)
{
    return fail(ErrorCode::InvalidFormat, "'" + python() + "' answers " + writeJson(answer).substr(0, 200));
}

} // namespace

Result<> BenchmarkPeer::load(double slowest, const std::stop_token& stop)
{
    if (m_problem)
        return {};
    auto seconds = measure(slowest, stop);
    if (seconds) {
        m_result->seconds.push_back(*seconds);
        return {};
    }
    m_program.reset();
    if (seconds.error().code == ErrorCode::Cancelled)
        return fail(std::move(seconds).error());
    m_problem = std::move(seconds).error();
    return {};
}

Result<double> BenchmarkPeer::measure(double slowest, const std::stop_token& stop)
{
    if (!m_program) {
        if (auto started = start(stop); !started)
            return fail(std::move(started).error());
    }
    if (auto ready = bringFilesToTemperature(*m_subject.record, m_subject.temperature, stop); !ready)
        return fail(std::move(ready).error());
    if (auto asked = m_program->writeLine("load"); !asked)
        return fail(std::move(asked).error());
    const auto loaded = answer(longestLoad(slowest), stop);
    if (!loaded)
        return fail(loaded.error());
    const auto seconds = numberIn(*loaded, "seconds");
    const auto bytes = countIn(*loaded, "bytes");
    if (!seconds || *seconds < 0 || !bytes)
        return strange(*loaded);
    const Bytes size = sizeOf(*m_subject.record);
    if (Bytes{*bytes} != size)
        return fail(ErrorCode::InvalidFormat,
            "safetensors has loaded " + std::to_string(*bytes) + " bytes, the model has " + std::to_string(size.value));
    return *seconds;
}

Result<> BenchmarkPeer::start(const std::stop_token& stop)
{
    const ModelRecord& model = *m_subject.record;
    if (const ModelFile* file = strangeFileOf(model))
        return fail(ErrorCode::Unsupported,
            "'" + file->path.filename().string() + "' is no safetensors file: the format is "
                + std::string{toText(model.format)});
    auto program = ChildProgram::start(commandFor(model, m_subject.device));
    if (!program) {
        program.error().detail += kHint;
        return fail(std::move(program).error());
    }
    m_program = std::move(*program);
    const auto ready = answer(m_timing.toStart, stop);
    if (!ready)
        return fail(ready.error());
    const std::string version = textIn(*ready, kName);
    if (version.empty())
        return strange(*ready);
    m_result = PeerResult{.name = kName, .version = version.substr(0, kLongestVersion), .seconds = {}};
    return {};
}

/// What it answers, where that is no problem.
Result<Json> BenchmarkPeer::answer(std::chrono::milliseconds longest, const std::stop_token& stop)
{
    const auto line = m_program->readLine({stop, longest});
    if (!line)
        return fail(line.error());
    auto answer = parseJson(*line);
    if (!answer)
        return fail(ErrorCode::InvalidFormat, "'" + python() + "' answers what is no JSON: " + line->substr(0, 200));
    if (!answer->is_object())
        return strange(*answer);
    if (answer->contains("problem"))
        return fail(told(*answer));
    return answer;
}

Error BenchmarkPeer::told(const Json& problem) const
{
    const std::string words = textIn(problem, "problem");
    const std::string kind = textIn(problem, "kind");
    if (kind == "import")
        return {ErrorCode::Unsupported, "'" + python() + "' cannot import safetensors: " + words + std::string{kHint}};
    if (kind == "memory")
        return {ErrorCode::OutOfHostMemory, "safetensors: " + words};
    if (kind == "device_memory")
        return {ErrorCode::OutOfDeviceMemory, "safetensors: " + words, {.deviceId = m_subject.device.id}};
    return {ErrorCode::IoError, "safetensors: " + words};
}

std::chrono::milliseconds BenchmarkPeer::longestLoad(double slowest) const
{
    const double ours = slowest > 0 ? slowest * m_timing.slowestLoads
                                    : static_cast<double>(sizeOf(*m_subject.record).value) / m_timing.slowestRate;
    return m_timing.toLoad + std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(ours));
}

} // namespace weightroom::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/torch/expected_result.h"
#include "model_engine/loader/torch/gpu_backend.h"
#include "model_engine/loader/torch/tensor_view.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kSeed = 42;
constexpr std::int64_t kRows = 1024; ///< tokens of a picture of 512 × 512, or a prompt
constexpr std::int64_t kSide = 64; ///< of a latent picture of 512 × 512
constexpr std::int64_t kCheckedRows = 8;
constexpr std::int64_t kCheckedSide = 4;

/// Operations of one calculation on the host, about: 0.1 s on two processors of an EPYC 9004 (2026-11-27). Types of 16
/// bits may be slow there: convolutions in fp16 took 0.4 to 3 GFLOP/s, where fp32 has 14 to 40.
constexpr double kMostOnHost = 2e9;
constexpr double kMostOnHostIn16Bits = 1e8;
/// So long the calculations take that are timed together, that starting and awaiting them counts for nothing.
constexpr double kTogether = 0.02;
constexpr double kLongEnough = 0.1;
constexpr int kFewestTimes = 3;
constexpr double kTooLong = 1; ///< to do it so often

/// TF32 has ten bits where the model has 23: nobody gets it who does not ask for it.
class FullPrecision {
public:
    FullPrecision()
        : m_convolutions(at::globalContext().allowTF32CuDNN())
        , m_products(at::globalContext().allowTF32CuBLAS())
    {
        at::globalContext().setAllowTF32CuDNN(false);
        at::globalContext().setAllowTF32CuBLAS(false);
    }
    ~FullPrecision()
    {
        at::globalContext().setAllowTF32CuDNN(m_convolutions);
        at::globalContext().setAllowTF32CuBLAS(m_products);
    }
    FullPrecision(const FullPrecision&) = delete;
    FullPrecision& operator=(const FullPrecision&) = delete;

private:
    const bool m_convolutions;
    const bool m_products;
};

/// LibTorch keeps what it had of a GPU's memory, where the next model is to go. To be made before its tensors.
class MemoryGivenBack {
public:
    explicit MemoryGivenBack(torch::Device device)
        : m_isOnGpu(device.is_cuda())
    {
    }
    ~MemoryGivenBack()
    {
        if (!m_isOnGpu)
            return;
        try {
            c10::getDeviceAllocator(torch::kCUDA)->emptyCache();
        } catch (const std::exception&) { // the GPU is lost: the check has said so
        }
    }
    MemoryGivenBack(const MemoryGivenBack&) = delete;
    MemoryGivenBack& operator=(const MemoryGivenBack&) = delete;

private:
    const bool m_isOnGpu;
};

void awaitAll(torch::Device device)
{
    if (device.is_cuda())
        torch::cuda::synchronize(device.index());
}

/// LibTorch multiplies nothing in fp8.
torch::ScalarType calculatedIn(torch::ScalarType type)
{
    const bool isFp8 = type == torch::kFloat8_e4m3fn || type == torch::kFloat8_e5m2;
    return isFp8 ? torch::kBFloat16 : type;
}

/// What one output element takes: a multiplication and an addition for each weight of its row.
double operationsPerOutput(const torch::Tensor& weights) { return 2 * static_cast<double>(weights[0].numel()); }

/// As many of the wanted positions (rows, or positions of a picture) as the device may calculate.
std::int64_t positionsFor(const torch::Tensor& weights, std::int64_t wanted, std::int64_t fewest)
{
    if (weights.is_cuda())
        return wanted;
    const double each = operationsPerOutput(weights) * static_cast<double>(weights.size(0));
    const double most = weights.element_size() == 2 ? kMostOnHostIn16Bits : kMostOnHost;
    return std::clamp(static_cast<std::int64_t>(most / each), fewest, wanted);
}

/// One calculation: what goes in, and how it is done. On the host the part that is checked.
struct Calculation {
    torch::Tensor input; ///< on the host
    torch::Tensor checkedInputs; ///< rows × columns
    std::function<torch::Tensor(const torch::Tensor& input, const torch::Tensor& weights)> run;
    /// Of the result, rows × results.
    std::function<torch::Tensor(const torch::Tensor& result)> checkedPart;
};

torch::Tensor randomInput(torch::IntArrayRef shape, double scale, torch::ScalarType type)
{
    auto generator = at::make_generator<at::CPUGeneratorImpl>(kSeed);
    return (torch::randn(shape, generator) * scale).to(type);
}

Calculation product(const torch::Tensor& weights, double scale)
{
    const std::int64_t rows = positionsFor(weights, kRows, kCheckedRows);
    const torch::Tensor input = randomInput({rows, weights.size(1)}, scale, weights.scalar_type());
    return {.input = input,
        .checkedInputs = input.narrow(0, 0, kCheckedRows),
        .run = [](const torch::Tensor& x, const torch::Tensor& w) { return torch::linear(x, w); },
        .checkedPart = [](const torch::Tensor& result) { return result.narrow(0, 0, kCheckedRows); }};
}

/// Of how many positions one side of the result is.
std::int64_t sideFor(const torch::Tensor& weights, std::int64_t kernel)
{
    const std::int64_t wanted = std::max(kSide, kernel + kCheckedSide - 1) - kernel + 1;
    const std::int64_t positions = positionsFor(weights, wanted * wanted, kCheckedSide * kCheckedSide);
    return std::max(kCheckedSide, static_cast<std::int64_t>(std::sqrt(static_cast<double>(positions))));
}

/// What the top left positions of a convolution see: each a row of inputs in the order of the weights.
torch::Tensor topLeftPatches(const torch::Tensor& input, std::int64_t kernelHeight, std::int64_t kernelWidth)
{
    const torch::Tensor patches =
        input.narrow(2, 0, kCheckedSide + kernelHeight - 1).narrow(3, 0, kCheckedSide + kernelWidth - 1);
    return patches.unfold(2, kernelHeight, 1)
        .unfold(3, kernelWidth, 1)
        .permute({0, 2, 3, 1, 4, 5})
        .reshape({kCheckedSide * kCheckedSide, -1});
}

Calculation convolution(const torch::Tensor& weights, double scale)
{
    const std::int64_t height = weights.size(2);
    const std::int64_t width = weights.size(3);
    const torch::Tensor input =
        randomInput({1, weights.size(1), sideFor(weights, height) + height - 1, sideFor(weights, width) + width - 1},
            scale, weights.scalar_type());
    return {.input = input,
        .checkedInputs = topLeftPatches(input, height, width),
        .run = [](const torch::Tensor& x, const torch::Tensor& w) { return torch::conv2d(x, w); },
        .checkedPart =
            [](const torch::Tensor& result) {
                const torch::Tensor part = result[0].narrow(1, 0, kCheckedSide).narrow(2, 0, kCheckedSide);
                return part.reshape({part.size(0), -1}).t();
            }};
}

struct Timed {
    torch::Tensor result; ///< of the last one
    double seconds = std::numeric_limits<double>::max(); ///< of one, the best
};

Timed timed(const std::function<torch::Tensor()>& calculate, torch::Device device)
{
    Timed timed;
    const auto secondsOf = [&](std::int64_t times) {
        const auto begin = std::chrono::steady_clock::now();
        for (std::int64_t i = 0; i < times; ++i) {
            timed.result.reset(); // else there would be two at a time
            timed.result = calculate();
        }
        awaitAll(device);
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    (void)secondsOf(1); // kernels are chosen and read, memory is taken
    const double once = std::max(secondsOf(1), 1e-6);
    const auto times = std::max<std::int64_t>(1, static_cast<std::int64_t>(kTogether / once));
    double all = 0;
    for (int i = 0; all < kLongEnough || (i < kFewestTimes && all < kTooLong); ++i) {
        const double seconds = secondsOf(times);
        timed.seconds = std::min(timed.seconds, seconds / static_cast<double>(times));
        all += seconds;
    }
    return timed;
}

TorchComputed compute(const torch::Tensor& loaded, const torch::Tensor& stored)
{
    const torch::ScalarType type = calculatedIn(loaded.scalar_type());
    const torch::Tensor weights = loaded.to(type);
    const ExpectedResult expected{stored.flatten(1), loaded.scalar_type()};
    const Calculation calculation =
        weights.dim() == 2 ? product(weights, expected.inputScale()) : convolution(weights, expected.inputScale());
    const torch::Tensor input = calculation.input.to(loaded.device());
    const Timed done = timed([&] { return calculation.run(input, weights); }, loaded.device());
    const torch::Tensor part = calculation.checkedPart(done.result).to(torch::kCPU);
    return {.seconds = done.seconds,
        .operations = operationsPerOutput(weights) * static_cast<double>(done.result.numel()),
        .deviation = expected.deviationOf(calculation.checkedInputs, part, type)};
}

/// What is wrong with what is asked; empty: nothing.
std::string problemOf(const TorchComputation& asked)
{
    if (!scalarTypeOf(asked.weights.dtype) || !scalarTypeOf(asked.stored.dtype))
        return "this data type is not one of LibTorch's";
    if (asked.rank != 2 && asked.rank != 4)
        return "only matrices and the weights of convolutions are calculated with";
    std::uint64_t left = asked.weights.elements;
    for (std::size_t i = 0; i < asked.rank; ++i) {
        const std::uint64_t dimension = asked.shape.at(i);
        if (dimension == 0 || left % dimension != 0)
            return "the shape is not that of the weights";
        left /= dimension;
    }
    if (left != 1 || asked.stored.elements != asked.weights.elements)
        return "the shape is not that of the weights";
    // For the host too: a convolution asks LibTorch for its CUDA before it looks where the weights lie, and LibTorch
    // keeps the answer of the first time for as long as the process lives.
    const std::string& gpuProblem = openGpuBackend();
    return asked.weights.cudaDevice >= 0 ? gpuProblem : std::string{};
}

TorchComputed computeAsked(const TorchComputation& asked)
{
    const torch::InferenceMode noGradients;
    const std::vector<std::int64_t> shape{asked.shape.begin(), asked.shape.begin() + asked.rank};
    c10::OptionalDeviceGuard onDevice;
    if (asked.weights.cudaDevice >= 0) {
        at::globalContext().lazyInitDevice(torch::kCUDA);
        onDevice.reset_device(torch::Device(torch::kCUDA, static_cast<torch::DeviceIndex>(asked.weights.cudaDevice)));
    }
    const FullPrecision fullPrecision;
    const torch::Tensor loaded = tensorOf(asked.weights, scalarTypeOf(asked.weights.dtype).value(), shape);
    const MemoryGivenBack givenBack{loaded.device()};
    return compute(loaded, tensorOf(asked.stored, scalarTypeOf(asked.stored.dtype).value(), shape));
}

} // namespace
} // namespace weightroom::engine

extern "C" __attribute__((visibility("default"))) int weightroom_torch_compute_check(
    const weightroom::engine::TorchComputation* computation, weightroom::engine::TorchComputed* computed, char* message,
    std::size_t messageSize)
try {
    using namespace weightroom::engine;
    if (const std::string problem = problemOf(*computation); !problem.empty())
        return failWith(problem, message, messageSize);
    *computed = computeAsked(*computation);
    return 0;
} catch (const c10::Error& error) {
    const std::string words = error.what_without_backtrace();
    const int answer = weightroom::engine::failWith(words, message, messageSize);
    // Where NVML may not be asked (an instance of a GPU that is cut up, a container) LibTorch trips over telling it.
    const bool isUnderNvml =
        words.find("CUDACachingAllocator") != std::string::npos && words.find("NVML_SUCCESS") != std::string::npos;
    const bool isOutOfMemory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr || isUnderNvml;
    return isOutOfMemory ? weightroom::engine::kTorchOutOfMemory : answer;
} catch (const std::exception& error) {
    return weightroom::engine::failWith(error.what(), message, messageSize);
}

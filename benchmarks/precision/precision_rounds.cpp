// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/precision/precision_rounds.h"

#include "model_engine/formats/precision/kernels.h"
#include "model_engine/formats/tensor_conversion.h"
#include "model_engine/memory/contents/parallel_chunks.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <random>
#include <utility>

namespace weightroom::benchmarks {
namespace {

using engine::Bytes;
using engine::Dtype;

constexpr std::array<std::pair<Dtype, Dtype>, 18> kPairs{{
    {Dtype::F32, Dtype::F16},
    {Dtype::F32, Dtype::Bf16},
    {Dtype::F32, Dtype::F8E4M3},
    {Dtype::F32, Dtype::F8E5M2},
    {Dtype::F64, Dtype::F32},
    {Dtype::F16, Dtype::Bf16},
    {Dtype::Bf16, Dtype::F16},
    {Dtype::F16, Dtype::F8E4M3},
    {Dtype::Bf16, Dtype::F8E4M3},
    {Dtype::F16, Dtype::F32},
    {Dtype::Bf16, Dtype::F32},
    {Dtype::F8E4M3, Dtype::F32},
    {Dtype::Q8_0, Dtype::F16},
    {Dtype::Q4_0, Dtype::F16},
    {Dtype::Q4K, Dtype::F16},
    {Dtype::Q5K, Dtype::F16},
    {Dtype::Q6K, Dtype::F16},
    {Dtype::Q4K, Dtype::Bf16},
}};

/// The plain loops are slow: a part is enough.
constexpr std::uint64_t kPlainShare = 16;

/// Where blocks of a GGUF type have their scales, numbers of fp16.
struct ScaleRow {
    Dtype dtype;
    std::size_t at;
};
constexpr std::array kScales{ScaleRow{Dtype::Q8_0, 0}, ScaleRow{Dtype::Q4_0, 0}, ScaleRow{Dtype::Q4K, 0},
    ScaleRow{Dtype::Q4K, 2}, ScaleRow{Dtype::Q5K, 0}, ScaleRow{Dtype::Q5K, 2}, ScaleRow{Dtype::Q6K, 208}};

double secondsOf(const auto& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void putScales(Dtype dtype, std::span<std::byte> blocks)
{
    constexpr std::uint16_t kSmallHalf = 0x1400; // 2^-10
    const std::size_t size = engine::traitsOf(dtype).bitsPerBlock / 8;
    for (const ScaleRow& row : kScales) {
        if (row.dtype != dtype)
            continue;
        for (std::size_t begin = 0; begin + size <= blocks.size(); begin += size)
            std::memcpy(blocks.data() + begin + row.at, &kSmallHalf, sizeof kSmallHalf);
    }
}

/// Numbers as weights are: around zero, few of them large. Blocks of GGUF types hold random numbers with small scales.
void fillNumbers(Dtype dtype, std::span<std::byte> out)
{
    constexpr std::size_t kDistinct = 1U << 16U;
    std::mt19937 generator{20261126};
    std::normal_distribution<float> weights{0.0F, 0.02F};
    std::vector<float> numbers(kDistinct);
    std::ranges::generate(numbers, [&] { return weights(generator); });
    std::vector<std::byte> pattern(kDistinct * (engine::traitsOf(dtype).bitsPerBlock / 8));
    engine::PrecisionLoss none;
    const auto bytes = std::as_bytes(std::span{numbers});
    if (dtype == Dtype::F64) {
        std::vector<double> wide(numbers.begin(), numbers.end());
        std::memcpy(pattern.data(), wide.data(), pattern.size());
    } else if (!engine::convertElements(Dtype::F32, bytes, dtype, pattern, none)) {
        std::ranges::generate(pattern, [&] { return static_cast<std::byte>(generator()); });
        putScales(dtype, pattern);
    }
    for (std::size_t at = 0; at < out.size(); at += pattern.size())
        std::memcpy(out.data() + at, pattern.data(), std::min(pattern.size(), out.size() - at));
}

/// One pair of types: its numbers and the room for what they become.
class Measurement {
public:
    Measurement(Dtype from, Dtype to, Bytes stored)
        : m_elements(stored.value / (engine::traitsOf(from).bitsPerBlock / 8) * engine::traitsOf(from).elementsPerBlock
            / 4096 * 4096)
        , m_stored(engine::bytesOf(from, m_elements).value_or(Bytes{}).value)
        , m_room(std::max(m_stored.size(), engine::bytesOf(to, m_elements).value_or(Bytes{}).value))
    {
        m_figures.from = from;
        m_figures.to = to;
        fillNumbers(from, m_stored);
    }

    /// A round: the copy and both conversions. Gives the rate of the copy.
    [[nodiscard]] engine::Result<double> measure(unsigned threads)
    {
        const double size = static_cast<double>(m_stored.size());
        engine::HelperThreads helpers{threads - 1};
        const double copying = secondsOf([&] { copy(helpers); });
        engine::Result<> converted;
        const double converting = secondsOf([&] { converted = convert(helpers); });
        if (!converted)
            return engine::fail(std::move(converted).error());
        engine::Result<> plain;
        const std::uint64_t share = m_elements / kPlainShare / 4096 * 4096;
        const double plainTime = secondsOf([&] { plain = convertPlainly(share); });
        if (!plain)
            return engine::fail(std::move(plain).error());
        m_figures.rate.add(size / converting);
        m_figures.toCopy.add(copying / converting);
        m_figures.plain.add(size * static_cast<double>(share) / static_cast<double>(m_elements) / plainTime);
        return size / copying;
    }
    [[nodiscard]] const PairFigures& figures() const { return m_figures; }

private:
    void copy(engine::HelperThreads& helpers)
    {
        engine::forEachPart(Bytes{m_stored.size()}, helpers, [this](std::uint64_t begin, Bytes size) {
            std::memcpy(m_room.data() + begin, m_stored.data() + begin, size.value);
        });
    }

    /// As loads do: the helpers are there before the first block.
    [[nodiscard]] engine::Result<> convert(engine::HelperThreads& helpers)
    {
        const auto conversion = engine::TensorConversion::plan(m_figures.from, m_figures.to, m_elements);
        if (!conversion)
            return engine::fail(conversion.error());
        engine::PrecisionLoss loss;
        for (std::uint64_t i = 0; i < conversion->blockCount(); ++i) {
            const auto block = conversion->block(i);
            auto done =
                conversion->convert(block, std::span{m_stored}.subspan(block.storedBegin, block.storedSize.value),
                    std::span{m_room}.subspan(block.begin, block.size.value), helpers, loss);
            if (!done)
                return done;
        }
        return {};
    }

    [[nodiscard]] engine::Result<> convertPlainly(std::uint64_t elements)
    {
        engine::PrecisionLoss loss;
        const auto size = [elements](Dtype dtype) { return engine::bytesOf(dtype, elements).value_or(Bytes{}).value; };
        return engine::convertElementsBy(engine::plainKernels(), m_figures.from,
            std::span{m_stored}.first(size(m_figures.from)), m_figures.to, std::span{m_room}.first(size(m_figures.to)),
            loss);
    }

    std::uint64_t m_elements;
    std::vector<std::byte> m_stored;
    std::vector<std::byte> m_room;
    PairFigures m_figures;
};

} // namespace

engine::Result<PrecisionBenchmarkResult> runPrecisionRounds(const PrecisionBenchmarkRequest& request)
{
    PrecisionBenchmarkResult result;
    result.threads = request.threads;
    for (const auto& [from, to] : kPairs) {
        Measurement measurement{from, to, Bytes{request.mebibytes << 20U}};
        for (unsigned round = 0; round < request.rounds; ++round) {
            const auto copy = measurement.measure(request.threads);
            if (!copy)
                return engine::fail(copy.error());
            result.copy.add(*copy);
        }
        result.pairs.push_back(measurement.figures());
    }
    return result;
}

} // namespace weightroom::benchmarks

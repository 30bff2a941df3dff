// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/tensor_conversion.h"

#include <algorithm>
#include <array>
#include <optional>

namespace weightroom::engine {
namespace {

/// Elements that a part of a block is a multiple of: whole blocks of every type, and whole pages of fp8.
constexpr std::uint64_t kPartElements = 4096;

/// Of whole blocks, which the plan has seen to.
std::uint64_t storedBytes(Dtype dtype, std::uint64_t elements)
{
    const DtypeTraits& traits = traitsOf(dtype);
    return elements / traits.elementsPerBlock * (traits.bitsPerBlock / 8);
}

std::uint64_t widthOf(Dtype precision) { return traitsOf(precision).bitsPerBlock / 8; }

/// What one thread has done.
struct Part {
    PrecisionLoss loss;
    std::optional<Error> problem;
};

} // namespace

Result<TensorConversion> TensorConversion::plan(Dtype from, Dtype to, std::uint64_t elements, Bytes blockSize)
{
    if (!isPrecision(to) || !hasNumbers(from)) {
        return fail(ErrorCode::Unsupported,
            "numbers of the type " + std::string{toText(from)} + " cannot be brought to " + std::string{toText(to)});
    }
    const std::optional<Bytes> stored = bytesOf(from, elements);
    const std::optional<Bytes> converted = bytesOf(to, elements);
    if (!stored || !converted) {
        return fail(ErrorCode::InvalidValue,
            std::to_string(elements) + " elements are not whole blocks of " + std::string{toText(from)}
                + ", or more than can be counted");
    }
    TensorConversion conversion{from, to};
    conversion.m_storedSize = *stored;
    conversion.m_size = *converted;
    const std::uint64_t room = std::max(blockSize, kSmallestBlock).value / widthOf(to);
    conversion.m_elementsPerBlock = room / kPartElements * kPartElements;
    return conversion;
}

std::uint64_t TensorConversion::blockCount() const
{
    const std::uint64_t elements = m_size.value / widthOf(m_to);
    return elements / m_elementsPerBlock + (elements % m_elementsPerBlock == 0 ? 0 : 1);
}

TensorConversion::Block TensorConversion::block(std::uint64_t index) const
{
    const std::uint64_t first = index * m_elementsPerBlock;
    const std::uint64_t count = std::min(m_elementsPerBlock, m_size.value / widthOf(m_to) - first);
    return {.storedBegin = storedBytes(m_from, first),
        .storedSize = Bytes{storedBytes(m_from, count)},
        .begin = first * widthOf(m_to),
        .size = Bytes{count * widthOf(m_to)}};
}

Result<> TensorConversion::convert(const Block& block, std::span<const std::byte> stored,
    std::span<std::byte> converted, HelperThreads& helpers, PrecisionLoss& loss) const
{
    if (stored.size() != block.storedSize.value || converted.size() != block.size.value) {
        return fail(ErrorCode::InvalidValue,
            std::to_string(stored.size()) + " and " + std::to_string(converted.size()) + " bytes are not a block of "
                + std::to_string(block.storedSize.value) + " and " + std::to_string(block.size.value));
    }
    const std::uint64_t elements = converted.size() / widthOf(m_to);
    const std::uint64_t busy = std::max(stored.size(), converted.size()) / kLeastForAThread.value;
    const std::uint64_t most = std::min<std::uint64_t>(helpers.most() + std::uint64_t{1}, kMostThreads);
    const std::uint64_t wanted = std::clamp<std::uint64_t>(busy, 1, most);
    const std::uint64_t part = alignUp(elements / wanted + 1, kPartElements);
    std::array<Part, kMostThreads> parts;
    helpers.forEachIndex(wanted, [&](std::size_t i) {
        const std::uint64_t first = std::min(i * part, elements);
        const std::uint64_t count = std::min(part, elements - first);
        auto done = convertElements(m_from, stored.subspan(storedBytes(m_from, first), storedBytes(m_from, count)),
            m_to, converted.subspan(first * widthOf(m_to), count * widthOf(m_to)), parts[i].loss);
        if (!done)
            parts[i].problem = std::move(done).error();
    });
    for (Part& some : parts) { // in their order, whichever was done first
        if (some.problem)
            return fail(std::move(*some.problem));
        loss += some.loss;
    }
    return {};
}

} // namespace weightroom::engine

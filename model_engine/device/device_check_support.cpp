// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/device_check_support.h"

#include "model_engine/core/system/random_bits.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace weightroom::engine {
std::vector<std::byte> patternOf(std::uint64_t seed, Bytes size)
{
    std::vector<std::byte> bytes(size.value);
    for (std::size_t begin = 0; begin < bytes.size(); begin += sizeof(std::uint64_t)) {
        const std::uint64_t word = randomBits(seed, begin);
        std::memcpy(bytes.data() + begin, &word, std::min(sizeof word, bytes.size() - begin));
    }
    return bytes;
}

Result<> expectEqual(std::span<const std::byte> found, std::span<const std::byte> expected)
{
    if (found.size() == expected.size() && std::memcmp(found.data(), expected.data(), found.size()) == 0)
        return {};
    const auto difference = std::ranges::mismatch(found, expected).in1 - found.begin();
    return fail(ErrorCode::VerificationFailed,
        "byte " + std::to_string(difference) + " of " + std::to_string(expected.size()) + " differs");
}

Result<> expectThat(bool holds, std::string_view promise)
{
    if (holds)
        return {};
    return fail(ErrorCode::Internal, "not so: " + std::string{promise});
}

Result<> needRoom(Device& device, Bytes size)
{
    const ArenaStatistics statistics = device.arena().statistics();
    if (statistics.held <= statistics.capacity && size <= statistics.capacity - statistics.held)
        return {};
    return fail(ErrorCode::Unsupported, "this check needs " + toText(size) + " of room");
}

Result<Allocation> allocateOne(Device& device, Bytes size)
{
    auto places = device.arena().allocate({&size, 1});
    if (!places)
        return fail(std::move(places).error());
    return std::move(places->front());
}

Result<> write(Device& device, std::uint64_t address, std::span<const std::byte> bytes)
{
    const CopyStep step{bytes, address};
    return device.upload({&step, 1}, {}, {});
}

Result<> expectContent(Device& device, std::uint64_t address, std::span<const std::byte> expected)
{
    std::vector<std::byte> found(expected.size());
    if (auto read = device.download(address, found); !read)
        return read;
    return expectEqual(found, expected);
}

} // namespace weightroom::engine

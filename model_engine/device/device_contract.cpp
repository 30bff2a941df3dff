// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/device_contract.h"

#include "model_engine/device/copy_blocks.h"
#include "model_engine/device/device_check_support.h"

#include <array>

namespace weightroom::engine {
namespace {

/// Returns an error from the calling check.
#define ENGINE_EXPECT(result)                                                                                          \
    do {                                                                                                               \
        if (auto expected_ = (result); !expected_)                                                                     \
            return fail(std::move(expected_).error());                                                                 \
    } while (false)

Result<> isDescribed(Device& device)
{
    const DeviceDescription& description = device.description();
    ENGINE_EXPECT(expectThat(!description.id.empty() && !description.name.empty(), "a device has an id and a name"));
    ENGINE_EXPECT(expectThat(description.capacity > Bytes{}, "a device has a capacity"));
    const bool isGpu = description.kind == DeviceKind::Cuda;
    ENGINE_EXPECT(expectThat(isGpu || description.kind == DeviceKind::Host, "a device has a kind"));
    ENGINE_EXPECT(expectThat(isGpu != description.uuid.empty(), "a GPU, and nothing else, has a UUID"));
    return expectThat(
        isGpu || description.name.find("not a GPU") != std::string::npos, "a host device says that it is one");
}

Result<> reportsMemory(Device& device)
{
    const auto memory = device.memory();
    if (!memory)
        return fail(memory.error());
    const ArenaStatistics& ours = memory->ours;
    ENGINE_EXPECT(expectThat(ours.capacity == device.description().capacity, "the capacity is the described one"));
    ENGINE_EXPECT(
        expectThat(ours.allocated <= ours.held && ours.held <= ours.capacity, "allocated, held and capacity grow"));
    if (!memory->driverTotal || !memory->driverFree)
        return {};
    ENGINE_EXPECT(expectThat(*memory->driverFree <= *memory->driverTotal, "free memory is part of the total"));
    return expectThat(ours.capacity <= *memory->driverTotal, "the capacity is part of the total");
}

Result<> refusesTooMuch(Device& device)
{
    const ArenaStatistics before = device.arena().statistics();
    const std::array sizes{Bytes{1}, before.capacity, Bytes{1}};
    const auto places = device.arena().allocate(sizes);
    ENGINE_EXPECT(expectThat(!places, "more than the capacity is refused"));
    const Error& error = places.error();
    ENGINE_EXPECT(expectThat(error.code == ErrorCode::OutOfDeviceMemory, "the refusal is out_of_device_memory"));
    const ErrorContext& context = error.context;
    ENGINE_EXPECT(expectThat(context.required && context.available, "the error names required and available bytes"));
    return expectThat(*context.required > *context.available, "more is required than available");
}

/// One byte, odd sizes, and around every size at which something is rounded.
Result<> readsBackEqual(Device& device)
{
    constexpr std::array<std::uint64_t, 12> kSizes{1, 2, 3, 255, 256, 257, 4095, 4096, 4097, 65'537, 131'071, 262'147};
    for (const std::uint64_t size : kSizes) {
        const std::vector<std::byte> pattern = patternOf(size, Bytes{size});
        const auto place = allocateOne(device, Bytes{size});
        if (!place)
            return fail(place.error());
        ENGINE_EXPECT(expectThat(place->address() % kTensorAlignment == 0, "places are aligned"));
        ENGINE_EXPECT(write(device, place->address(), pattern));
        ENGINE_EXPECT(expectContent(device, place->address(), pattern));
    }
    return {};
}

Result<> copiesNothing(Device& device)
{
    const CopyStep step{{}, 0};
    ENGINE_EXPECT(device.upload({}, {}, {}));
    ENGINE_EXPECT(device.upload({&step, 1}, {}, {}));
    ENGINE_EXPECT(device.download(0, {}));
    return device.copyWithin(0, 0, {});
}

/// A batch as a model has it: written with one upload, each read back by itself. So they do not overlap either.
Result<> keepsManySmallTensors(Device& device)
{
    constexpr std::size_t kCount = 700;
    std::vector<Bytes> sizes;
    std::vector<std::vector<std::byte>> patterns;
    Bytes total;
    for (std::size_t i = 0; i < kCount; ++i) {
        sizes.push_back(Bytes{i * 7 % 1021 + 1});
        patterns.push_back(patternOf(i, sizes.back()));
        total += sizes.back();
    }
    const auto places = device.arena().allocate(sizes);
    if (!places)
        return fail(places.error());
    std::vector<CopyStep> steps;
    for (std::size_t i = 0; i < kCount; ++i)
        steps.push_back({patterns[i], (*places)[i].address()});
    Bytes reported;
    ENGINE_EXPECT(device.upload(steps, {}, [&](Bytes copied) { reported += copied; }));
    ENGINE_EXPECT(expectThat(reported == total, "progress adds up to what was copied"));
    for (std::size_t i = 0; i < kCount; ++i)
        ENGINE_EXPECT(expectContent(device, (*places)[i].address(), patterns[i]));
    return {};
}

Result<> writesOnlyWhatItShould(Device& device)
{
    constexpr std::uint64_t kOffset = 1001;
    std::vector<std::byte> expected = patternOf(1, Bytes{10'000});
    const std::vector<std::byte> part = patternOf(2, Bytes{333});
    const auto place = allocateOne(device, Bytes{expected.size()});
    if (!place)
        return fail(place.error());
    ENGINE_EXPECT(write(device, place->address(), expected));
    ENGINE_EXPECT(write(device, place->address() + kOffset, part));
    std::ranges::copy(part, expected.begin() + kOffset);
    return expectContent(device, place->address(), expected);
}

Result<> copiesWithin(Device& device)
{
    for (const std::uint64_t size : {1ULL, 4097ULL, 200'001ULL}) {
        const std::vector<std::byte> pattern = patternOf(size, Bytes{size});
        const std::array sizes{Bytes{size}, Bytes{size}};
        const auto places = device.arena().allocate(sizes);
        if (!places)
            return fail(places.error());
        ENGINE_EXPECT(write(device, (*places)[0].address(), pattern));
        ENGINE_EXPECT(device.copyWithin((*places)[0].address(), (*places)[1].address(), Bytes{size}));
        ENGINE_EXPECT(expectContent(device, (*places)[1].address(), pattern));
        ENGINE_EXPECT(expectContent(device, (*places)[0].address(), pattern));
    }
    return {};
}

Result<> endsWhenCancelledBefore(Device& device)
{
    const std::vector<std::byte> pattern = patternOf(3, Bytes{5000});
    const auto place = allocateOne(device, Bytes{pattern.size()});
    if (!place)
        return fail(place.error());
    std::stop_source stop;
    stop.request_stop();
    const CopyStep step{pattern, place->address()};
    const auto cancelled = device.upload({&step, 1}, stop.get_token(), {});
    ENGINE_EXPECT(
        expectThat(!cancelled && cancelled.error().code == ErrorCode::Cancelled, "a cancelled upload says so"));
    ENGINE_EXPECT(write(device, place->address(), pattern));
    return expectContent(device, place->address(), pattern);
}

Result<> endsWhenCancelledWithin(Device& device)
{
    const Bytes size = kLargestCopyBlock * 4;
    ENGINE_EXPECT(needRoom(device, size));
    const auto place = allocateOne(device, size);
    if (!place)
        return fail(place.error());
    const std::vector<std::byte> source(size.value);
    const CopyStep step{source, place->address()};
    std::stop_source stop;
    Bytes reported;
    const auto cancelled = device.upload({&step, 1}, stop.get_token(), [&](Bytes copied) {
        reported += copied;
        stop.request_stop();
    });
    ENGINE_EXPECT(
        expectThat(!cancelled && cancelled.error().code == ErrorCode::Cancelled, "a cancelled upload says so"));
    ENGINE_EXPECT(expectThat(reported > Bytes{} && reported < size, "a cancel ends the copying"));
    const std::vector<std::byte> pattern = patternOf(4, Bytes{5000});
    ENGINE_EXPECT(write(device, place->address(), pattern));
    return expectContent(device, place->address(), pattern);
}

Result<> keepsWhatIsLargerThanABlock(Device& device)
{
    const Bytes size = kLargestCopyBlock * 2 + Bytes{12'345};
    ENGINE_EXPECT(needRoom(device, size + kMiB * 4)); // what rounding to the driver's granularity may add
    const std::vector<std::byte> pattern = patternOf(5, size);
    const auto place = allocateOne(device, size);
    if (!place)
        return fail(place.error());
    ENGINE_EXPECT(write(device, place->address(), pattern));
    return expectContent(device, place->address(), pattern);
}

/// Where the hardware cannot, it says so: sharing with other processes is not there then.
Result<> handsOutMemory(Device& device)
{
    const std::vector<std::byte> bytes = patternOf(8, Bytes{100'000});
    const auto place = allocateOne(device, Bytes{bytes.size()});
    if (!place)
        return fail(place.error());
    ENGINE_EXPECT(write(device, place->address(), bytes));
    for (int round = 0; round < 2; ++round) {
        const auto descriptor = place->slab()->exportDescriptor();
        if (!descriptor && descriptor.error().code == ErrorCode::Unsupported)
            return expectThat(!descriptor.error().detail.empty(), "a refusal to hand memory out has a reason");
        if (!descriptor)
            return fail(descriptor.error());
        ENGINE_EXPECT(expectThat(descriptor->isOpen(), "memory is handed out by a descriptor"));
    }
    return expectContent(device, place->address(), bytes);
}

/// Pinning may be refused; then uploads work all the same. Twice, because what was pinned must be free to be pinned
/// again.
Result<> pinsOrSaysWhyNot(Device& device)
{
    std::vector<std::byte> memory = patternOf(6, Bytes{300'000});
    const auto place = allocateOne(device, Bytes{memory.size()});
    if (!place)
        return fail(place.error());
    for (int round = 0; round < 2; ++round) {
        const auto registration = device.registerHostMemory(memory);
        const bool isExplained = registration || !registration.error().detail.empty();
        ENGINE_EXPECT(expectThat(isExplained, "a refusal to pin has a reason"));
        ENGINE_EXPECT(write(device, place->address(), memory));
        ENGINE_EXPECT(expectContent(device, place->address(), memory));
    }
    return {};
}

bool isSame(const ArenaStatistics& a, const ArenaStatistics& b)
{
    return a.held == b.held && a.allocated == b.allocated && a.slabs == b.slabs && a.allocations == b.allocations;
}

/// Runs a check and makes sure that the device holds afterwards what it held before.
template <Result<> (*Check)(Device&)>
Result<> leavingNoTrace(Device& device)
{
    const ArenaStatistics before = device.arena().statistics();
    ENGINE_EXPECT(Check(device));
    ENGINE_EXPECT(expectThat(isSame(before, device.arena().statistics()), "all memory is given back"));
    return expectThat(!device.lostReason(), "the device is still usable");
}

constexpr std::array kChecks{
    DeviceCheck{
        "device_is_described", "The device says what it is and how much it can hold.", &leavingNoTrace<isDescribed>},
    DeviceCheck{"memory_is_reported", "Held memory stays within the capacity.", &leavingNoTrace<reportsMemory>},
    DeviceCheck{"too_much_is_refused",
        "A batch above the capacity is refused as a whole, with required and available bytes.",
        &leavingNoTrace<refusesTooMuch>},
    DeviceCheck{"uploaded_bytes_read_back_equal", "What was uploaded is read back equal, whatever its size.",
        &leavingNoTrace<readsBackEqual>},
    DeviceCheck{"empty_copies_are_allowed", "Copying nothing succeeds.", &leavingNoTrace<copiesNothing>},
    DeviceCheck{"small_tensors_are_kept_apart", "Hundreds of tensors in one upload keep their own bytes.",
        &leavingNoTrace<keepsManySmallTensors>},
    DeviceCheck{"neighbours_are_untouched", "An upload changes its destination and nothing beside it.",
        &leavingNoTrace<writesOnlyWhatItShould>},
    DeviceCheck{"copies_within_are_equal", "A copy within the device is equal, and its source unchanged.",
        &leavingNoTrace<copiesWithin>},
    DeviceCheck{"host_memory_is_pinned", "Host memory is pinned for fast copies, or the refusal has a reason.",
        &leavingNoTrace<pinsOrSaysWhyNot>},
    DeviceCheck{"memory_can_be_handed_out", "Other processes can be given the memory, or the refusal has a reason.",
        &leavingNoTrace<handsOutMemory>},
    DeviceCheck{"cancel_before_an_upload", "An upload that was cancelled before it began copies nothing.",
        &leavingNoTrace<endsWhenCancelledBefore>},
    DeviceCheck{"cancel_within_an_upload", "A cancel ends an upload early, and the device stays usable.",
        &leavingNoTrace<endsWhenCancelledWithin>},
    DeviceCheck{"large_tensors_read_back_equal", "A tensor that is copied in several blocks is read back equal.",
        &leavingNoTrace<keepsWhatIsLargerThanABlock>},
};

} // namespace

std::span<const DeviceCheck> deviceChecks() { return kChecks; }

} // namespace weightroom::engine

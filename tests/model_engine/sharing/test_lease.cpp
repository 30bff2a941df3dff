// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/sharing/lease.h"
#include "tests/model_engine/sharing/leased_components.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// What another process would map: all of a descriptor.
class ForeignMapping {
public:
    ForeignMapping(const UniqueFd& descriptor, Bytes size, int protection, int flags)
        : m_size(size)
        , m_address(::mmap(nullptr, size.value, protection, flags, descriptor.get(), 0))
        , m_error(m_address == MAP_FAILED ? errno : 0)
    {
    }
    ForeignMapping(const ForeignMapping&) = delete;
    ForeignMapping& operator=(const ForeignMapping&) = delete;
    ~ForeignMapping()
    {
        if (m_error == 0)
            ::munmap(m_address, m_size.value);
    }
    [[nodiscard]] int error() const { return m_error; } ///< 0: none
    [[nodiscard]] std::span<char> bytes() const { return {static_cast<char*>(m_address), m_size.value}; }

private:
    Bytes m_size;
    void* m_address;
    int m_error;
};

} // namespace

/// What a consumer may use of the weights on a device.
class TestLease : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void saysWhereEachTensorLies();
    void letsItsConsumerReadAndNotWrite();
    void keepsThePlacesAsLongAsItLives();
    void handsOutEachDescriptorOnce();
    void refusesSlabsThatThereAreNot();

private:
    ResourceUse m_before;
};

void TestLease::saysWhereEachTensorLies()
{
    HostDevice device{DeviceId{"HOST_0"}, kMiB * 64};
    const auto first = loadedComponent(device, "sdxl", "unet", {{"a", kKiB * 700}, {"b", Bytes{3}}, {"empty", {}}});
    const auto second = loadedComponent(device, "sdxl", "vae", {{"c", kMiB}});
    const auto lease = Lease::make({.id = {7}, .device = {"HOST_0"}, .model = {"sdxl"}}, {first, second});
    VERIFY_RESULT(lease);
    QCOMPARE((*lease)->size(), kKiB * 700 + Bytes{3} + kMiB);
    QCOMPARE((*lease)->componentIds().size(), 2U);
    QCOMPARE((*lease)->tensors().size(), 4U);
    QVERIFY((*lease)->stage() == LeaseStage::Offered);
    const auto& slabs = (*lease)->slabs();
    const auto descriptors = (*lease)->takeDescriptors(0, slabs.size());
    VERIFY_RESULT(descriptors);
    QVERIFY((*lease)->stage() == LeaseStage::Attached);
    for (const LeasedTensor& leased : (*lease)->tensors()) {
        if (leased.tensor->size() == Bytes{})
            continue;
        const Bytes size = slabs.at(leased.slab).size;
        QVERIFY(leased.offset + leased.tensor->size().value <= size.value);
        const ForeignMapping mapping{descriptors->at(leased.slab), size, PROT_READ, MAP_SHARED};
        QCOMPARE(mapping.error(), 0);
        const auto bytes = mapping.bytes().subspan(leased.offset, leased.tensor->size().value);
        QVERIFY(std::ranges::all_of(bytes, [&](char byte) { return byte == leased.tensor->name.front(); }));
    }
}

void TestLease::letsItsConsumerReadAndNotWrite()
{
    HostDevice device{DeviceId{"HOST_0"}, kMiB * 64};
    const auto component = loadedComponent(device, "sdxl", "vae", {{"a", kMiB}});
    const auto lease = Lease::make({.id = {1}}, {component});
    VERIFY_RESULT(lease);
    const auto descriptors = (*lease)->takeDescriptors(0, 1);
    VERIFY_RESULT(descriptors);
    const Bytes size = (*lease)->slabs().front().size;
    const UniqueFd& descriptor = descriptors->front();
    const ForeignMapping writable{descriptor, size, PROT_READ | PROT_WRITE, MAP_SHARED};
    QCOMPARE(writable.error(), EACCES);
    QCOMPARE(::write(descriptor.get(), "x", 1), ssize_t{-1});
    QVERIFY(::ftruncate(descriptor.get(), 0) != 0);
    // What a consumer changes for itself, it alone has.
    const ForeignMapping own{descriptor, size, PROT_READ | PROT_WRITE, MAP_PRIVATE};
    QCOMPARE(own.error(), 0);
    const std::uint64_t offset = (*lease)->tensors().front().offset;
    own.bytes()[offset] = 'x';
    const ForeignMapping other{descriptor, size, PROT_READ, MAP_SHARED};
    QCOMPARE(other.bytes()[offset], 'a');
    // Nor does another descriptor of the same memory help.
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor.get());
    const UniqueFd again{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    if (again.isOpen()) {
        const ForeignMapping sealed{again, size, PROT_READ | PROT_WRITE, MAP_SHARED};
        QCOMPARE(sealed.error(), EPERM);
    }
    // The owner still can.
    std::vector<std::byte> bytes(kMiB.value, std::byte{'z'});
    const CopyStep step{bytes, component->weights.tensors.front().address()};
    VERIFY_RESULT(device.upload({&step, 1}, {}, [](Bytes) {}));
    QCOMPARE(other.bytes()[offset], 'z');
}

void TestLease::keepsThePlacesAsLongAsItLives()
{
    HostDevice device{DeviceId{"HOST_0"}, kMiB * 64};
    auto component = loadedComponent(device, "sdxl", "vae", {{"a", kMiB}});
    auto lease = Lease::make({.id = {1}}, {component});
    VERIFY_RESULT(lease);
    component.reset();
    QVERIFY(device.arena().statistics().held >= kMiB);
    const auto descriptors = (*lease)->takeDescriptors(0, 1);
    VERIFY_RESULT(descriptors);
    const Bytes size = (*lease)->slabs().front().size;
    lease->reset();
    QCOMPARE(device.arena().statistics().held, Bytes{});
    // Whoever has mapped it keeps pages that no one else gets from the system.
    const ForeignMapping mapping{descriptors->front(), size, PROT_READ, MAP_SHARED};
    QCOMPARE(mapping.error(), 0);
}

void TestLease::handsOutEachDescriptorOnce()
{
    HostDevice device{DeviceId{"HOST_0"}, kMiB * 64};
    const auto component = loadedComponent(device, "sdxl", "vae", {{"a", kMiB}});
    const auto lease = Lease::make({.id = {5}}, {component});
    VERIFY_RESULT(lease);
    VERIFY_RESULT((*lease)->takeDescriptors(0, 1));
    const auto again = (*lease)->takeDescriptors(0, 1);
    VERIFY_ERROR(again, ErrorCode::InvalidValue);
    QVERIFY2(again.error().detail.find("handed out already") != std::string::npos, again.error().detail.c_str());
}

void TestLease::refusesSlabsThatThereAreNot()
{
    HostDevice device{DeviceId{"HOST_0"}, kMiB * 64};
    const auto component = loadedComponent(device, "sdxl", "vae", {{"a", kMiB}});
    const auto lease = Lease::make({.id = {5}}, {component});
    VERIFY_RESULT(lease);
    for (const auto& [first, count] : {std::pair{0UL, 2UL}, {1UL, 1UL}, {2UL, 0UL}, {~0UL, 1UL}, {1UL, ~0UL}})
        VERIFY_ERROR((*lease)->takeDescriptors(first, count), ErrorCode::InvalidValue);
    QVERIFY((*lease)->stage() == LeaseStage::Offered);
    VERIFY_RESULT((*lease)->takeDescriptors(0, 1));
}

QTEST_APPLESS_MAIN(TestLease)
#include "test_lease.moc"

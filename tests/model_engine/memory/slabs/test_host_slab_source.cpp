// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slabs/host_slab_source.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

using namespace weightroom;
using namespace weightroom::engine;

class TestHostSlabSource : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesMemoryThatIsAllThere_data();
    void givesMemoryThatIsAllThere();
    void sealsItsSize();
    void beginsWhereHugePagesCan();
    void isNotInheritedByChildren_data();
    void isNotInheritedByChildren();
    void saysWhenTheSystemHasNoMemory_data();
    void saysWhenTheSystemHasNoMemory();
    void takesPagesWhenTheyAreUsed_data();
    void takesPagesWhenTheyAreUsed();
    void takesPagesOnManyThreads();
    void preparesInSteps_data();
    void preparesInSteps();
    void knowsWhereAnAddressLies();
    void keepsTheCompanionAsLongAsTheMemory();
    void keepsTakingPagesWhenOthersHaveIt();
    void handsNoPrivateMemoryOut();
    void leavesNothing();
};

namespace {

constexpr std::size_t kPageSize = 4096;

void addKinds()
{
    QTest::addColumn<HostMemory>("kind");
    QTest::newRow("shared") << HostMemory::Shared;
    QTest::newRow("private") << HostMemory::Private;
}

/// How many pages of these bytes are in memory.
std::size_t pagesThere(std::span<std::byte> bytes)
{
    std::vector<unsigned char> pages(bytes.size() / kPageSize);
    if (::mincore(bytes.data(), bytes.size(), pages.data()) != 0)
        return 0;
    return static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char page) { return (page & 1U) != 0; }));
}

HostSlab& hostSlab(const std::unique_ptr<Slab>& slab) { return static_cast<HostSlab&>(*slab); }

/// The "VmFlags" of the mapping at an address.
std::string mappingFlags(std::uint64_t address)
{
    std::ostringstream begin;
    begin << std::hex << address << '-';
    std::ifstream smaps{"/proc/self/smaps"};
    std::string line;
    bool isOurs = false;
    while (std::getline(smaps, line)) {
        if (line.find('-') != std::string::npos && line.find(' ') > line.find('-'))
            isOurs = line.find(begin.str()) != std::string::npos;
        if (isOurs && line.starts_with("VmFlags:"))
            return line + ' ';
    }
    return {};
}

/// Writes into the slab's memory when it is destroyed: a crash, if the memory went first.
class LastWriter final : public SlabCompanion {
public:
    LastWriter(std::span<std::byte> bytes, int& count)
        : m_bytes(bytes)
        , m_count(count)
    {
        ++m_count;
    }
    ~LastWriter() override
    {
        m_bytes.back() = std::byte{1};
        --m_count;
    }

private:
    std::span<std::byte> m_bytes;
    int& m_count;
};

} // namespace

void TestHostSlabSource::givesMemoryThatIsAllThere_data() { addKinds(); }

void TestHostSlabSource::givesMemoryThatIsAllThere()
{
    QFETCH(const HostMemory, kind);
    HostSlabSource source{kind, PageTaking::AtOnce};
    QCOMPARE(source.granularity(), Bytes{static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))});
    const Bytes size = kMiB * 40 + source.granularity(); // large enough for several threads
    const auto slab = source.acquire(size);
    VERIFY_RESULT(slab);
    const std::span<std::byte> bytes = hostSlab(*slab).hostBytes();
    QCOMPARE(Bytes{bytes.size()}, size);
    QCOMPARE((*slab)->size(), size);
    QCOMPARE((*slab)->address(), reinterpret_cast<std::uintptr_t>(bytes.data()));
    QCOMPARE(pagesThere(bytes), bytes.size() / kPageSize);
    QVERIFY(hostSlab(*slab).hasAllPages());
    QVERIFY(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{}; }));
    std::ranges::fill(bytes, std::byte{0x5a});
    QVERIFY(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0x5a}; }));
}

void TestHostSlabSource::sealsItsSize()
{
    HostSlabSource source{HostMemory::Shared, PageTaking::AtOnce};
    const auto slab = source.acquire(kMiB);
    VERIFY_RESULT(slab);
    const int descriptor = hostSlab(*slab).descriptor();
    QCOMPARE(::fcntl(descriptor, F_GET_SEALS), F_SEAL_GROW | F_SEAL_SHRINK);
    QCOMPARE(::ftruncate(descriptor, 0), -1);
    QCOMPARE(errno, EPERM);
    QCOMPARE(::ftruncate(descriptor, 2 * 1024 * 1024), -1);
    QVERIFY((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
}

void TestHostSlabSource::isNotInheritedByChildren_data() { addKinds(); }

void TestHostSlabSource::isNotInheritedByChildren()
{
    QFETCH(const HostMemory, kind);
    HostSlabSource source{kind, PageTaking::AtOnce};
    const auto slab = source.acquire(kMiB);
    VERIFY_RESULT(slab);
    const std::string flags = mappingFlags((*slab)->address());
    QVERIFY2(flags.find(" dc ") != std::string::npos, flags.c_str());
}

void TestHostSlabSource::saysWhenTheSystemHasNoMemory_data() { addKinds(); }

void TestHostSlabSource::saysWhenTheSystemHasNoMemory()
{
    QFETCH(const HostMemory, kind);
    HostSlabSource source{kind, PageTaking::AtOnce};
    for (const Bytes size : {Bytes{1ULL << 62}, Bytes{1ULL << 63}, Bytes{1ULL << 48}}) {
        const auto slab = source.acquire(size);
        VERIFY_ERROR(slab, ErrorCode::OutOfHostMemory);
        QCOMPARE(*slab.error().context.required, size);
        QVERIFY(slab.error().context.systemCode);
        QCOMPARE(slab.error().context.memoryType, std::string{"system"});
    }
}

void TestHostSlabSource::keepsTheCompanionAsLongAsTheMemory()
{
    int companions = 0;
    HostSlabSource source{
        HostMemory::Shared, PageTaking::AtOnce, [&](HostSlab& slab) -> std::unique_ptr<SlabCompanion> {
            return std::make_unique<LastWriter>(slab.hostBytes(), companions);
        }};
    {
        const auto slab = source.acquire(kMiB);
        VERIFY_RESULT(slab);
        QCOMPARE(companions, 1);
    }
    QCOMPARE(companions, 0);
    HostSlabSource without{
        HostMemory::Private, PageTaking::AtOnce, [](HostSlab&) -> std::unique_ptr<SlabCompanion> { return nullptr; }};
    VERIFY_RESULT(without.acquire(kMiB));
}

void TestHostSlabSource::beginsWhereHugePagesCan()
{
    HostSlabSource source{HostMemory::Private, PageTaking::WhenUsed};
    for (int i = 0; i < 4; ++i) {
        const auto slab = source.acquire(kMiB * 3 + source.granularity());
        VERIFY_RESULT(slab);
        QCOMPARE((*slab)->address() % (kMiB.value * 2), 0U);
        QCOMPARE(hostSlab(*slab).descriptor(), -1);
    }
}

void TestHostSlabSource::takesPagesWhenTheyAreUsed_data() { addKinds(); }

void TestHostSlabSource::takesPagesWhenTheyAreUsed()
{
    QFETCH(const HostMemory, kind);
    HostSlabSource source{kind, PageTaking::WhenUsed};
    QVERIFY(source.isComplete());
    const auto slab = source.acquire(kMiB * 8 + source.granularity());
    VERIFY_RESULT(slab);
    QVERIFY(!source.isComplete());
    const auto bytes = hostSlab(*slab).hostBytes();
    QCOMPARE(pagesThere(bytes), std::size_t{0});
    const auto middle = bytes.subspan(kMiB.value * 4 + 100, kMiB.value);
    VERIFY_RESULT(source.takePages(middle));
    QCOMPARE(pagesThere(bytes.subspan(kMiB.value * 4, kMiB.value * 2)), kMiB.value * 2 / kPageSize);
    QCOMPARE(pagesThere(bytes.first(kMiB.value * 4)), std::size_t{0});
    std::ranges::fill(middle, std::byte{7});
    VERIFY_RESULT(source.takePages(bytes)); // the rest
    QVERIFY(std::ranges::all_of(middle, [](std::byte byte) { return byte == std::byte{7}; }));
    QCOMPARE(pagesThere(bytes), bytes.size() / kPageSize);
    QVERIFY(hostSlab(*slab).hasAllPages());
    QVERIFY(source.isComplete());
    QVERIFY(source.complete(**slab).has_value());
}

void TestHostSlabSource::takesPagesOnManyThreads()
{
    HostSlabSource source{HostMemory::Private, PageTaking::WhenUsed};
    const auto slab = source.acquire(kMiB * 32);
    VERIFY_RESULT(slab);
    const auto bytes = hostSlab(*slab).hostBytes();
    const auto fill = [&](std::size_t from) {
        constexpr std::size_t kPiece = 300'000; // pieces of two threads share blocks
        for (std::size_t begin = from * kPiece; begin < bytes.size(); begin += 4 * kPiece) {
            const auto piece = bytes.subspan(begin, std::min(kPiece, bytes.size() - begin));
            QVERIFY(source.takePages(piece).has_value());
            std::ranges::fill(piece, static_cast<std::byte>(from + 1));
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < 4; ++i)
            threads.emplace_back(fill, i);
    }
    for (std::size_t i = 0; i < bytes.size(); i += 1000)
        QCOMPARE(bytes[i], static_cast<std::byte>(i / 300'000 % 4 + 1));
    QVERIFY(source.isComplete());
}

void TestHostSlabSource::preparesInSteps_data() { addKinds(); }

void TestHostSlabSource::preparesInSteps()
{
    QFETCH(const HostMemory, kind);
    int companions = 0;
    HostSlabSource source{kind, PageTaking::AtOnce, [&](HostSlab& slab) -> std::unique_ptr<SlabCompanion> {
                              return std::make_unique<LastWriter>(slab.hostBytes(), companions);
                          }};
    const auto slab = source.acquireBare(kMiB * 5);
    VERIFY_RESULT(slab);
    const auto bytes = hostSlab(*slab).hostBytes();
    QCOMPARE(pagesThere(bytes), std::size_t{0});
    for (const std::uint64_t mebibytes : {2U, 4U, 5U}) {
        QCOMPARE(source.prepare(**slab, kMiB * 2).value(), Preparation::Begun);
        QVERIFY(pagesThere(bytes) >= kMiB.value * mebibytes / kPageSize); // more where pages are huge
    }
    QCOMPARE(companions, 0);
    QCOMPARE(source.prepare(**slab, kMiB).value(), Preparation::Complete);
    QCOMPARE(companions, 1);
    QCOMPARE(source.prepare(**slab, kMiB).value(), Preparation::Complete);
    VERIFY_RESULT(source.complete(**slab));
    QCOMPARE(companions, 1);
}

void TestHostSlabSource::knowsWhereAnAddressLies()
{
    SlabDirectory directory;
    QVERIFY(directory.isEmpty());
    std::byte outside{};
    QCOMPARE(directory.find(&outside), nullptr);
    const auto first = HostSlab::map(kMiB, HostMemory::Private);
    const auto second = HostSlab::map(kMiB, HostMemory::Shared);
    VERIFY_RESULT(first);
    VERIFY_RESULT(second);
    for (HostSlab* slab : {first->get(), second->get()}) {
        directory.add(*slab);
        const auto bytes = slab->hostBytes();
        QCOMPARE(directory.find(bytes.data()), slab);
        QCOMPARE(directory.find(&bytes.back()), slab);
        QVERIFY(directory.find(bytes.data() + bytes.size()) != slab);
    }
    directory.remove(**first);
    directory.remove(**first);
    QCOMPARE(directory.find((*first)->hostBytes().data()), nullptr);
    QVERIFY(!directory.isEmpty());
    directory.remove(**second);
    QVERIFY(directory.isEmpty());
}

/// What other processes may do with a descriptor is in tests/model_engine/sharing/test_lease.cpp.
void TestHostSlabSource::keepsTakingPagesWhenOthersHaveIt()
{
    HostSlabSource source{HostMemory::Shared, PageTaking::WhenUsed};
    const auto slab = source.acquire(kMiB * 8);
    VERIFY_RESULT(slab);
    const std::span bytes = static_cast<HostSlab&>(**slab).hostBytes();
    VERIFY_RESULT(source.takePages(bytes.first(kMiB.value)));
    const auto first = (*slab)->exportDescriptor();
    VERIFY_RESULT(first);
    VERIFY_RESULT(source.takePages(bytes));
    QVERIFY(source.isComplete());
    std::ranges::fill(bytes, std::byte{7});
    const auto second = (*slab)->exportDescriptor();
    VERIFY_RESULT(second);
    char read = 0;
    QCOMPARE(::pread(second->get(), &read, 1, static_cast<off_t>(bytes.size()) - 1), ssize_t{1});
    QCOMPARE(read, '\7');
}

void TestHostSlabSource::handsNoPrivateMemoryOut()
{
    HostSlabSource source{HostMemory::Private, PageTaking::WhenUsed};
    const auto slab = source.acquire(kMiB);
    VERIFY_RESULT(slab);
    VERIFY_ERROR((*slab)->exportDescriptor(), ErrorCode::Unsupported);
}

void TestHostSlabSource::leavesNothing()
{
    HostSlabSource source{HostMemory::Shared, PageTaking::AtOnce};
    const auto before = test::currentResources();
    {
        const auto slab = source.acquire(kMiB * 64);
        VERIFY_RESULT(slab);
        VERIFY_ERROR(source.acquire(Bytes{1ULL << 62}), ErrorCode::OutOfHostMemory);
    }
    VERIFY_NOTHING_LEFT(before);
}

QTEST_APPLESS_MAIN(TestHostSlabSource)
#include "test_host_slab_source.moc"

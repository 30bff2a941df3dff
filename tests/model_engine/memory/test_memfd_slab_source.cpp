// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/memfd_slab_source.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/mman.h>
#include <unistd.h>

using namespace weightroom;
using namespace weightroom::engine;

class TestMemfdSlabSource : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesMemoryThatIsAllThere();
    void sealsItsSize();
    void isNotInheritedByChildren();
    void saysWhenTheSystemHasNoMemory();
    void keepsTheCompanionAsLongAsTheMemory();
    void leavesNothing();
};

namespace {

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

void TestMemfdSlabSource::givesMemoryThatIsAllThere()
{
    MemfdSlabSource source;
    QCOMPARE(source.granularity(), Bytes{static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))});
    const Bytes size = kMiB * 40 + source.granularity(); // large enough for several threads
    const auto slab = source.acquire(size);
    VERIFY_RESULT(slab);
    const std::span<std::byte> bytes = hostSlab(*slab).hostBytes();
    QCOMPARE(Bytes{bytes.size()}, size);
    QCOMPARE((*slab)->size(), size);
    QCOMPARE((*slab)->address(), reinterpret_cast<std::uintptr_t>(bytes.data()));

    std::vector<unsigned char> pages(bytes.size() / source.granularity().value);
    QCOMPARE(::mincore(bytes.data(), bytes.size(), pages.data()), 0);
    QVERIFY(std::ranges::all_of(pages, [](unsigned char page) { return (page & 1) != 0; }));
    QVERIFY(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{}; }));
    std::ranges::fill(bytes, std::byte{0x5a});
    QVERIFY(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0x5a}; }));
}

void TestMemfdSlabSource::sealsItsSize()
{
    MemfdSlabSource source;
    const auto slab = source.acquire(kMiB);
    VERIFY_RESULT(slab);
    const int descriptor = hostSlab(*slab).descriptor();
    QCOMPARE(::fcntl(descriptor, F_GET_SEALS), F_SEAL_GROW | F_SEAL_SHRINK);
    QCOMPARE(::ftruncate(descriptor, 0), -1);
    QCOMPARE(errno, EPERM);
    QCOMPARE(::ftruncate(descriptor, 2 * 1024 * 1024), -1);
    QVERIFY((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
}

void TestMemfdSlabSource::isNotInheritedByChildren()
{
    MemfdSlabSource source;
    const auto slab = source.acquire(kMiB);
    VERIFY_RESULT(slab);
    const std::string flags = mappingFlags((*slab)->address());
    QVERIFY2(flags.find(" dc ") != std::string::npos, flags.c_str());
}

void TestMemfdSlabSource::saysWhenTheSystemHasNoMemory()
{
    MemfdSlabSource source;
    for (const Bytes size : {Bytes{1ULL << 62}, Bytes{1ULL << 63}, Bytes{1ULL << 48}}) {
        const auto slab = source.acquire(size);
        VERIFY_ERROR(slab, ErrorCode::OutOfHostMemory);
        QCOMPARE(*slab.error().context.required, size);
        QVERIFY(slab.error().context.systemCode);
        QCOMPARE(slab.error().context.memoryType, std::string{"system"});
    }
}

void TestMemfdSlabSource::keepsTheCompanionAsLongAsTheMemory()
{
    int companions = 0;
    MemfdSlabSource source{[&](HostSlab& slab) -> std::unique_ptr<SlabCompanion> {
        return std::make_unique<LastWriter>(slab.hostBytes(), companions);
    }};
    {
        const auto slab = source.acquire(kMiB);
        VERIFY_RESULT(slab);
        QCOMPARE(companions, 1);
    }
    QCOMPARE(companions, 0);
    MemfdSlabSource without{[](HostSlab&) -> std::unique_ptr<SlabCompanion> { return nullptr; }};
    VERIFY_RESULT(without.acquire(kMiB));
}

void TestMemfdSlabSource::leavesNothing()
{
    MemfdSlabSource source;
    const auto before = test::currentResources();
    {
        const auto slab = source.acquire(kMiB * 64);
        VERIFY_RESULT(slab);
        VERIFY_ERROR(source.acquire(Bytes{1ULL << 62}), ErrorCode::OutOfHostMemory);
    }
    VERIFY_NOTHING_LEFT(before);
}

QTEST_APPLESS_MAIN(TestMemfdSlabSource)
#include "test_memfd_slab_source.moc"

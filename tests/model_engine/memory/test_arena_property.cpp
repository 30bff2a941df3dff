// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/evacuation.h"
#include "tests/support/scripted_slab_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <map>
#include <optional>
#include <random>
#include <set>

using namespace weightroom::engine;
using weightroom::test::ScriptedSlabSource;

namespace {

constexpr Bytes kCapacity = kMiB * 64;
constexpr Bytes kSlabSize = kMiB * 4;
constexpr int kSteps = 2000;

/// A random trace of batches, releases, evacuations and refused slabs on one arena, and what must hold after every
/// step.
class Trace {
public:
    explicit Trace(unsigned seed)
        : m_random(seed)
    {
    }

    void step()
    {
        const std::uint64_t kind = number(0, 99);
        if (kind < 52)
            allocate();
        else if (kind < 94)
            releaseSome();
        else
            evacuateOther();
    }
    void releaseAll() { m_held.clear(); }

    /// What is wrong; empty when all holds.
    [[nodiscard]] std::string violation() const
    {
        const ArenaStatistics statistics = m_arena.statistics();
        std::map<std::uint64_t, std::uint64_t> ends; // by begin
        std::uint64_t allocated = 0;
        for (const Allocation& place : m_held) {
            if (place.address() % kTensorAlignment != 0)
                return "not aligned";
            const std::uint64_t room = alignUp(place.size().value, kTensorAlignment);
            allocated += room;
            ends[place.address()] = place.address() + room;
        }
        if (ends.size() != m_held.size() || overlaps(ends))
            return "two places overlap";
        if (statistics.allocated.value != allocated || statistics.allocations != m_held.size())
            return "allocated bytes or allocations are wrong";
        if (statistics.held != m_source.liveBytes() || statistics.held != m_budget.inUse()
            || statistics.slabs != m_source.liveSlabs())
            return "held bytes, live slabs and budget differ";
        if (statistics.held > kCapacity)
            return "over capacity";
        return hasForbiddenPlace() ? "a new place in a slab that is being emptied" : "";
    }
    [[nodiscard]] Bytes held() const { return m_arena.statistics().held; }
    [[nodiscard]] int failures() const { return m_failures; }
    [[nodiscard]] int evacuations() const { return m_evacuations; }

private:
    [[nodiscard]] static bool isIn(const SlabLayout& slab, const Allocation& place)
    {
        return place.address() >= slab.address && place.address() < slab.address + slab.size.value;
    }
    [[nodiscard]] bool hasForbiddenPlace() const
    {
        if (!m_evacuation || m_evacuation->isGivenUp())
            return false;
        return std::ranges::any_of(m_held,
            [this](const Allocation& place) { return isIn(m_emptied, place) && !m_before.contains(place.address()); });
    }
    static bool overlaps(const std::map<std::uint64_t, std::uint64_t>& ends)
    {
        std::uint64_t last = 0;
        for (const auto& [begin, end] : ends) {
            if (begin < last)
                return true;
            last = end;
        }
        return false;
    }

    std::uint64_t number(std::uint64_t from, std::uint64_t to)
    {
        return std::uniform_int_distribution<std::uint64_t>{from, to}(m_random);
    }

    /// Mostly small, some odd, now and then larger than a slab: like the tensors of a model.
    Bytes randomSize()
    {
        const std::uint64_t kind = number(0, 9);
        if (kind < 6)
            return {number(1, 5000)};
        return {kind < 9 ? number(1, 500'000) : number(1, 6'000'000)};
    }

    void allocate()
    {
        std::vector<Bytes> sizes(number(1, 12));
        std::ranges::generate(sizes, [this] { return randomSize(); });
        m_source.failAt = number(0, 9) == 0 ? std::optional{m_source.acquisitions()} : std::nullopt;
        auto places = m_arena.allocate(sizes);
        if (!places)
            ++m_failures;
        else
            std::ranges::move(*places, std::back_inserter(m_held));
    }

    void releaseSome()
    {
        for (std::uint64_t count = number(0, 12); count > 0 && !m_held.empty(); --count) {
            std::swap(m_held[number(0, m_held.size() - 1)], m_held.back());
            m_held.pop_back();
        }
    }

    /// Ends the present evacuation, and begins one of a slab by chance.
    void evacuateOther()
    {
        m_evacuation.reset();
        const auto slabs = m_arena.layout();
        if (slabs.empty())
            return;
        m_emptied = slabs[number(0, slabs.size() - 1)];
        m_before.clear();
        for (const BlockLayout& block : m_emptied.used)
            m_before.insert(block.address);
        m_evacuation.emplace(std::move(*m_arena.evacuate({m_emptied.number})));
        ++m_evacuations;
    }

    std::mt19937 m_random;
    ScriptedSlabSource m_source{Bytes{4096}};
    Budget m_budget{kCapacity, ErrorCode::OutOfDeviceMemory, "vram"};
    Arena m_arena{m_source, m_budget, kSlabSize};
    std::vector<Allocation> m_held;
    int m_failures = 0;
    std::optional<Evacuation> m_evacuation;
    SlabLayout m_emptied; ///< by it, as it was at its beginning
    std::set<std::uint64_t> m_before; ///< what lay there then
    int m_evacuations = 0;
};

} // namespace

class TestArenaProperty : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void holdsOnRandomTraces_data();
    void holdsOnRandomTraces();
};

void TestArenaProperty::holdsOnRandomTraces_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 1; seed <= 8; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void TestArenaProperty::holdsOnRandomTraces()
{
    QFETCH(const unsigned, seed);
    Trace trace{seed};
    for (int i = 0; i < kSteps; ++i) {
        trace.step();
        const std::string violation = trace.violation();
        QVERIFY2(
            violation.empty(), qPrintable(QString::fromStdString(violation) + QStringLiteral(" at step %1").arg(i)));
    }
    QVERIFY(trace.failures() > 0);
    QVERIFY(trace.evacuations() > 0);
    trace.releaseAll();
    QCOMPARE(trace.violation(), std::string{});
    QCOMPARE(trace.held(), Bytes{});
}

QTEST_APPLESS_MAIN(TestArenaProperty)
#include "test_arena_property.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/loader/compaction_rig.h"
#include "tests/model_engine/loader/small_device.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cmath>
#include <cstdlib>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr Bytes kCapacity = kMiB * 2;
/// What a compaction promises of slabs that are not tiny.
constexpr double kPromised = 0.98;
/// Below so many granules of its source a slab may lose more to rounding than kPromised allows.
constexpr std::uint64_t kTinySlab = 64;

double efficiency(const ArenaStatistics& memory)
{
    return memory.held == Bytes{}
        ? 1
        : static_cast<double>(memory.allocated.value) / static_cast<double>(memory.held.value);
}

struct Lease {
    std::string model;
    std::size_t tensor = 0;
    PlacedContentPtr content;
};

/// Loads, unloads, leases, compactions and their faults by chance; what must hold after each is in violation().
class Trace {
public:
    explicit Trace(unsigned seed)
        : m_random(seed)
    {
    }

    [[nodiscard]] std::string step()
    {
        const std::uint64_t kind = number(0, 99);
        std::string wrong;
        if (kind < 40)
            load();
        else if (kind < 72)
            unload();
        else if (kind < 76)
            lease();
        else if (kind < 82)
            giveUpLease();
        else
            wrong = compact();
        return wrong.empty() ? violation() : wrong;
    }
    /// Compacts without leases and faults: then the promise must be kept.
    [[nodiscard]] std::string compactAll()
    {
        while (!m_leases.empty())
            giveUpLease();
        return compactUndisturbed();
    }
    /// Loads until nothing fits, unloads all but a third, and compacts: what days of changing models leave.
    [[nodiscard]] std::string thinOutAndCompact()
    {
        for (int refused = 0; refused < kMostRefused;)
            refused += load() ? 0 : 1;
        for (std::size_t kept = m_models.size() / 3; m_models.size() > kept;)
            unload();
        const std::string wrong = compactUndisturbed();
        return wrong.empty() ? violation() : wrong;
    }
    [[nodiscard]] Bytes leftAtTheEnd()
    {
        m_leases.clear();
        m_rig.unloadAll();
        return m_device.source.live();
    }

    std::vector<double> before; ///< efficiency of each compaction that nothing disturbed
    std::vector<double> after;
    int faults = 0;
    std::uint64_t moved = 0;

private:
    std::uint64_t number(std::uint64_t from, std::uint64_t to)
    {
        return std::uniform_int_distribution<std::uint64_t>{from, to}(m_random);
    }

    /// Small and large as the tensors of a model, now and then above a slab.
    [[nodiscard]] std::uint64_t randomSize()
    {
        const std::uint64_t kind = number(0, 19);
        if (kind < 8)
            return number(1, 2000);
        return kind < 19 ? number(1000, 20'000) : number(50'000, 90'000);
    }

    static constexpr int kMostRefused = 3;

    /// False when it does not fit.
    bool load()
    {
        std::vector<SeededTensor> tensors(number(1, 12));
        std::uint32_t common = 0;
        for (SeededTensor& tensor : tensors) {
            const bool isCommon = number(0, 3) == 0; // the VAE and the text encoders that others have too
            if (isCommon)
                tensor = {++common, common * 3001ULL};
            else
                tensor = {static_cast<std::uint32_t>(number(1000, 1 << 30)), randomSize()};
        }
        const auto sharing = number(0, 2) > 0 ? CompactionRig::Sharing::EqualContents : CompactionRig::Sharing::None;
        const std::string model = "model " + std::to_string(m_models.size() + m_unloaded);
        if (!m_rig.load(model, tensors, sharing))
            return false;
        m_models.push_back(model);
        return true;
    }

    void unload()
    {
        if (m_models.empty())
            return;
        std::swap(m_models[number(0, m_models.size() - 1)], m_models.back());
        const std::string model = m_models.back();
        if (std::ranges::find(m_leases, model, &Lease::model) != m_leases.end())
            return; // whoever has a lease keeps the model loaded
        m_models.pop_back();
        m_rig.unload(model);
        ++m_unloaded;
    }

    void lease()
    {
        if (m_models.empty())
            return;
        const std::string model = m_models[number(0, m_models.size() - 1)];
        const LoadedComponentPtr component = m_rig.component(model);
        const std::size_t tensor = number(0, component->weights.tensors.size() - 1);
        m_leases.push_back({model, tensor, component->weights.tensors[tensor].content});
    }

    void giveUpLease()
    {
        if (!m_leases.empty())
            m_leases.erase(m_leases.begin() + static_cast<std::ptrdiff_t>(number(0, m_leases.size() - 1)));
    }

    [[nodiscard]] std::string compact() { return number(0, 1) == 0 ? compactUndisturbed() : compactWithAFault(); }

    [[nodiscard]] std::string compactUndisturbed()
    {
        m_device.reset();
        const ArenaStatistics held = m_rig.statistics();
        const auto outcome = m_rig.compact();
        if (!outcome)
            return describe(outcome.error());
        moved += outcome->tensorsMoved;
        if (outcome->after.held > held.held || outcome->after.allocated != held.allocated)
            return "more is held or allocated than before";
        if (outcome->freed != held.held - outcome->after.held || outcome->predicted != outcome->freed)
            return "what was freed is not what is missing, or not what was foretold";
        const bool isFree = m_leases.empty() && outcome->keptByShortage == Bytes{};
        if (!isFree)
            return {};
        before.push_back(efficiency(held));
        after.push_back(efficiency(outcome->after));
        return isGood() ? "" : "too much is held: " + std::to_string(after.back());
    }

    /// Whether kPromised is reached, where one granule of each tiny slab is not counted.
    [[nodiscard]] bool isGood()
    {
        Bytes held;
        for (const SlabLayout& slab : m_device.arena().layout()) {
            const bool isTiny = slab.size < HeapSlabSource::kGranularity * kTinySlab;
            held += isTiny ? slab.size - HeapSlabSource::kGranularity : slab.size;
        }
        return static_cast<double>(m_rig.statistics().allocated.value) >= kPromised * static_cast<double>(held.value);
    }

    [[nodiscard]] std::string compactWithAFault()
    {
        m_device.reset();
        std::stop_source stop;
        std::uint64_t cancelAfter = std::numeric_limits<std::uint64_t>::max();
        switch (number(0, 3)) {
        case 0:
            m_device.failCopyAt = number(0, 9);
            break;
        case 1:
            m_device.source.failAt = number(0, 2);
            break;
        case 2:
            m_device.source.failAt = number(0, 2);
            m_device.source.failWith = ErrorCode::OutOfDeviceMemory; // of which it makes the best
            break;
        default:
            cancelAfter = number(0, 9);
        }
        const Bytes held = m_rig.statistics().held;
        const auto outcome = m_rig.compact({.stop = stop.get_token(), .planned = {}, .moved = [&](Bytes) {
                                                if (cancelAfter-- == 0)
                                                    stop.request_stop();
                                            }});
        m_device.source.failWith = ErrorCode::DeviceError;
        faults += !outcome;
        return m_rig.statistics().held > held ? "more is held after a fault" : "";
    }

    [[nodiscard]] std::string violation()
    {
        for (const Lease& lease : m_leases) {
            if (m_rig.component(lease.model)->weights.tensors[lease.tensor].content != lease.content)
                return "what is leased was moved";
        }
        if (m_device.source.live() != m_rig.statistics().held)
            return "a slab was lost";
        return m_rig.violation();
    }

    std::mt19937 m_random;
    SmallDevice m_device{kCapacity};
    CompactionRig m_rig{m_device};
    std::vector<std::string> m_models;
    std::vector<Lease> m_leases; ///< before the rig: gone first
    std::uint64_t m_unloaded = 0;
};

} // namespace

/// Random traces. WEIGHTROOM_COMPACTION_SEEDS: how many, for more than a run of all tests has time for.
class TestCompactionProperty : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsEveryByteOnRandomTraces_data() { addSeeds(); }
    void keepsEveryByteOnRandomTraces();
    void packsWhatWasThinnedOut_data() { addSeeds(); }
    void packsWhatWasThinnedOut();
    void cleanupTestCase();

private:
    static void addSeeds();
    void note(const Trace& trace, const char* what);

    static constexpr int kSteps = 400;
    static constexpr int kThinnings = 6;
    std::uint64_t m_moved = 0;
    int m_faults = 0;
    struct Measured {
        std::vector<double> before;
        std::vector<double> after;
    };
    std::map<std::string, Measured> m_measured; ///< by the kind of trace
};

void TestCompactionProperty::addSeeds()
{
    QTest::addColumn<unsigned>("seed");
    const int seeds = qEnvironmentVariableIntValue("WEIGHTROOM_COMPACTION_SEEDS");
    for (unsigned seed = 1; seed <= (seeds > 0 ? static_cast<unsigned>(seeds) : 8U); ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void TestCompactionProperty::keepsEveryByteOnRandomTraces()
{
    QFETCH(const unsigned, seed);
    Trace trace{seed};
    for (int i = 0; i < kSteps; ++i) {
        const std::string wrong = trace.step();
        QVERIFY2(wrong.empty(), qPrintable(QString::fromStdString(wrong) + QStringLiteral(" at step %1").arg(i)));
    }
    QCOMPARE(trace.compactAll(), std::string{});
    QVERIFY(!trace.after.empty());
    note(trace, "random");
    QCOMPARE(trace.leftAtTheEnd(), Bytes{});
}

void TestCompactionProperty::packsWhatWasThinnedOut()
{
    QFETCH(const unsigned, seed);
    Trace trace{seed};
    for (int i = 0; i < kThinnings; ++i)
        QCOMPARE(trace.thinOutAndCompact(), std::string{});
    QCOMPARE(trace.after.size(), std::size_t{kThinnings});
    note(trace, "thinned out");
}

void TestCompactionProperty::note(const Trace& trace, const char* what)
{
    m_moved += trace.moved;
    m_faults += trace.faults;
    Measured& measured = m_measured[what];
    measured.before.insert(measured.before.end(), trace.before.begin(), trace.before.end());
    measured.after.insert(measured.after.end(), trace.after.begin(), trace.after.end());
}

/// Says what it has measured.
void TestCompactionProperty::cleanupTestCase()
{
    QVERIFY(m_moved > 0);
    QVERIFY(m_faults > 0 || !m_measured.contains("random"));
    for (auto& [what, measured] : m_measured) {
        for (auto* values : {&measured.before, &measured.after}) {
            std::ranges::sort(*values);
            qInfo("%s: allocated / held %s %zu compactions: least %.4f, median %.4f", what.c_str(),
                values == &measured.before ? "before" : "after", values->size(), values->front(),
                (*values)[values->size() / 2]);
        }
    }
}

QTEST_APPLESS_MAIN(TestCompactionProperty)
#include "test_compaction_property.moc"

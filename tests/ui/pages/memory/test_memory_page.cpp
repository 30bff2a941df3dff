// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/time_chart.h"
#include "ui/models/live_series.h"
#include "ui/models/process_model.h"
#include "ui/pages/memory/ledger_tree.h"
#include "ui/pages/memory/memory_page.h"
#include "ui/pages/monitor/history_board.h"
#include "ui/widgets/memory/memory_gauge.h"
#include "ui/widgets/treemap/treemap.h"

#include <QCheckBox>
#include <QLabel>
#include <QLocale>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QtCharts/QChart>
#include <QtCharts/QLineSeries>

#include <algorithm>
#include <memory>
#include <vector>

using namespace weightroom::ui;

namespace {

constexpr quint64 kGiB = quint64{1} << 30;
constexpr qint64 kStart = 1'767'225'600'000;
const QString kGpu = QStringLiteral("GPU_0");
const QString kModel = QStringLiteral("m");
const QString kUnet = QStringLiteral("unet");

LedgerRow row(LedgerKind kind, quint64 bytes)
{
    LedgerRow made;
    made.kind = kind;
    made.bytes = bytes;
    return made;
}

/// 24 GiB, of which this program may have 22: 5 for a model, 3 shared, 6 of others and the driver, 1 ready, 9 free.
WatchedMemory someGpu()
{
    WatchedMemory gpu;
    gpu.id = kGpu;
    gpu.title = QStringLiteral("A GPU");
    gpu.place = MemoryPlace::Gpu;
    gpu.total = 24 * kGiB;
    gpu.capacity = 22 * kGiB;
    LedgerRow component = row(LedgerKind::Component, 5 * kGiB);
    component.modelId = kModel;
    component.modelName = QStringLiteral("a model");
    component.componentId = kUnet;
    LedgerRow process = row(LedgerKind::Process, 3 * kGiB);
    process.processId = 7;
    process.processName = QStringLiteral("blender");
    gpu.ledger = {component, row(LedgerKind::Shared, 3 * kGiB), row(LedgerKind::Ready, kGiB),
        row(LedgerKind::Context, kGiB), process, row(LedgerKind::Reserved, kGiB), row(LedgerKind::Unattributed, kGiB),
        row(LedgerKind::Free, 9 * kGiB)};
    return gpu;
}

WatchedMemory someCache()
{
    WatchedMemory cache = someGpu();
    cache.id = QStringLiteral("CACHE");
    cache.place = MemoryPlace::Cache;
    return cache;
}

MonitorView seen(qint64 at)
{
    MonitorView view;
    view.at = at;
    view.memories = {someGpu(), someCache()};
    view.samples.insert({.metric = QStringLiteral("memory_held"), .deviceId = kGpu}, 8.0 * kGiB);
    view.samples.insert({.metric = QStringLiteral("memory_used_by_others"), .deviceId = kGpu}, 6.0 * kGiB);
    return view;
}

/// As the engine knows it: with figures that are older than those of the ledger.
QList<MemoryView> held(quint64 bytes)
{
    MemoryView view;
    view.id = kGpu;
    view.place = MemoryPlace::Gpu;
    view.capacity = 22 * kGiB;
    view.held = bytes;
    view.owners = {{.modelId = kModel, .modelName = QStringLiteral("a model"), .components = {}, .bytes = bytes}};
    return {view};
}

/// A page that is seen, with a few seconds of numbers.
struct Rig {
    Rig()
    {
        page.resize(1000, 800);
        page.setMemory(held(8 * kGiB));
        page.show();
        for (int second = 0; second < 5; ++second)
            tick();
        QCoreApplication::processEvents(); // all has its place now
        tick();
    }
    void tick()
    {
        const MonitorView view = seen(kStart + 1000 * seconds++);
        live.add(view);
        page.setMonitor(view);
    }
    [[nodiscard]] const TreemapTile* tile(const QString& label) const
    {
        const auto found = std::ranges::find(page.treemap()->tiles(), label, &TreemapTile::label);
        return found == page.treemap()->tiles().end() ? nullptr : &*found;
    }
    [[nodiscard]] QString amount() const { return page.findChild<QLabel*>(QStringLiteral("amount"))->text(); }

    LiveSeries live;
    MemoryPage page{live};
    int seconds = 0;
};

/// Counts how often the lines of a page's charts get points.
class Replacements {
public:
    explicit Replacements(const MemoryPage& page)
    {
        for (int place = 0; place < page.history()->chartCount(); ++place) {
            for (QAbstractSeries* series : page.history()->chart(place)->chart()->series())
                m_spies.push_back(
                    std::make_unique<QSignalSpy>(qobject_cast<QLineSeries*>(series), &QLineSeries::pointsReplaced));
        }
    }
    /// Since the last time, of each line.
    [[nodiscard]] QList<qsizetype> take()
    {
        QList<qsizetype> counts;
        for (const auto& spy : m_spies) {
            counts.append(spy->count());
            spy->clear();
        }
        return counts;
    }

private:
    std::vector<std::unique_ptr<QSignalSpy>> m_spies;
};

quint64 bytesOf(const QList<MemorySegment>& segments, SegmentKind kind)
{
    quint64 sum = 0;
    for (const MemorySegment& segment : segments)
        sum += segment.kind == kind ? segment.bytes : 0;
    return sum;
}

} // namespace

class TestMemoryPage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysHowOldItsNumbersAre();
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void replacesPointsOnceATick();
    void leavesAllAloneBetweenTicks();
    void saysTheSameEverywhere();
    void claimsNothingThatIsNotKnown();
    void leavesOutWhatTellsNoProgramsApart();
    void asksForTheTensorsOfTheMemoryThatIsShown();
    void goesIntoWhatIsShared();
    void leavesTensorsOfAnotherMemoryAlone();
};

/// Of a GPU that is left to find its sleep.
void TestMemoryPage::saysHowOldItsNumbersAre()
{
    Rig rig;
    const auto* age = rig.page.findChild<QLabel*>(QStringLiteral("ageOfReading"));
    QVERIFY(age != nullptr && !age->isVisible());
    MonitorView view = seen(kStart + 10'000);
    view.memories.first().age = 20;
    rig.page.setMonitor(view);
    QVERIFY(age->isVisible());
    QVERIFY2(age->text().startsWith(QStringLiteral("As of 20 second")), qPrintable(age->text()));
    rig.page.showMemory(QStringLiteral("CACHE"));
    QVERIFY(!age->isVisible());
}

void TestMemoryPage::replacesPointsOnceATick()
{
    Rig rig;
    Replacements replacements(rig.page);
    rig.tick();
    QCOMPARE(replacements.take(), (QList<qsizetype>{1, 1})); // ours, and that of others
    rig.tick();
    rig.tick();
    QCOMPARE(replacements.take(), (QList<qsizetype>{2, 2}));
    rig.page.setMonitor(seen(kStart + 1000 * (rig.seconds - 1))); // nothing new
    QCOMPARE(replacements.take(), (QList<qsizetype>{0, 0}));
}

void TestMemoryPage::leavesAllAloneBetweenTicks()
{
    Rig rig;
    Replacements replacements(rig.page);
    const QList<TreemapTile>* tiles = &rig.page.treemap()->tiles();
    const QRectF cell = tiles->first().cell;
    const QString gauge = rig.page.gauge()->accessibleDescription();
    for (quint64 load = 0; load < 20; ++load) // twenty times a second while something is loaded
        rig.page.setMemory(held((8 + load) * kGiB));
    QCOMPARE(replacements.take(), (QList<qsizetype>{0, 0}));
    QCOMPARE(rig.page.treemap()->tiles().first().cell, cell);
    QCOMPARE(rig.page.gauge()->accessibleDescription(), gauge);
}

void TestMemoryPage::saysTheSameEverywhere()
{
    Rig rig;
    rig.page.findChild<QCheckBox*>(QStringLiteral("showFree"))->click();
    QCOMPARE(rig.amount(), QStringLiteral("14.00 GiB of 24.00 GiB"));
    const QList<MemorySegment>& parts = rig.page.gauge()->segments();
    quint64 sum = 0;
    for (const MemorySegment& part : parts)
        sum += part.bytes;
    QCOMPARE(sum, 24 * kGiB);
    QCOMPARE(bytesOf(parts, SegmentKind::Free), 9 * kGiB);
    QCOMPARE(static_cast<quint64>(rig.tile(QStringLiteral("Free"))->size), 9 * kGiB);
    QCOMPARE(bytesOf(parts, SegmentKind::Ready), kGiB);
    QCOMPARE(bytesOf(parts, SegmentKind::Owner), 5 * kGiB); // and not what the engine has told since
    for (const char* label : {"blender (process 7)", "Reserved by the driver", "In use, not attributed"}) {
        const auto part = std::ranges::find(parts, QLatin1String(label), &MemorySegment::label);
        QVERIFY2(part != parts.end(), label);
        QCOMPARE(part->bytes, static_cast<quint64>(rig.tile(QString::fromLatin1(label))->size));
    }
    QVERIFY2(rig.page.gauge()->accessibleDescription().startsWith(rig.amount()),
        qPrintable(rig.page.gauge()->accessibleDescription()));
    // What is kept back is said where it is.
    const QString free = segmentText(parts.last());
    QVERIFY2(free.contains(QStringLiteral("22.00 GiB of this memory at most")), qPrintable(free));
}

void TestMemoryPage::claimsNothingThatIsNotKnown()
{
    Rig rig;
    MonitorView monitor = seen(kStart + 1000 * rig.seconds);
    monitor.memories.first().areOthersKnown = false;
    rig.page.setMonitor(monitor);
    const MemorySegment& last = rig.page.gauge()->segments().last();
    QCOMPARE(last.kind, SegmentKind::Free);
    QVERIFY2(last.label.contains(QStringLiteral("not known")), qPrintable(last.label));
    QVERIFY(last.details.isEmpty());
}

void TestMemoryPage::leavesOutWhatTellsNoProgramsApart()
{
    Rig rig;
    MonitorView monitor = seen(kStart + 1000 * rig.seconds);
    rig.page.setMonitor(monitor);
    const auto* programs = rig.page.findChild<QTableView*>(QStringLiteral("processTable"));
    QVERIFY(!programs->isColumnHidden(ProcessModel::IdColumn));
    QVERIFY(!programs->isColumnHidden(ProcessModel::WorkColumn));
    QList<LedgerRow>& ledger = monitor.memories.first().ledger;
    ledger.removeIf([](const LedgerRow& one) { return one.kind == LedgerKind::Process; });
    monitor.at += 1000;
    rig.page.setMonitor(monitor);
    QVERIFY(programs->isColumnHidden(ProcessModel::IdColumn));
    QVERIFY(programs->isColumnHidden(ProcessModel::WorkColumn));
    QVERIFY(!programs->isColumnHidden(ProcessModel::MemoryColumn));
}

void TestMemoryPage::asksForTheTensorsOfTheMemoryThatIsShown()
{
    Rig rig;
    const QSignalSpy wanted(&rig.page, &MemoryPage::tensorsWanted);
    rig.page.treemap()->setPath({kModel, kUnet});
    QCOMPARE(wanted.size(), 1);
    QCOMPARE(wanted.first(), (QVariantList{kGpu, kModel, kUnet}));
    rig.page.setTensors({.memoryId = kGpu,
        .modelId = kModel,
        .componentId = kUnet,
        .tensors = {{.name = QStringLiteral("weight"), .type = QStringLiteral("fp16 [2, 2]"), .bytes = 5 * kGiB}}});
    const TreemapTile* tensor = rig.tile(QStringLiteral("weight"));
    QVERIFY(tensor != nullptr);
    QCOMPARE(tensor->detail, QStringLiteral("fp16 [2, 2], 5.00 GiB"));
}

void TestMemoryPage::goesIntoWhatIsShared()
{
    Rig rig;
    const QSignalSpy wanted(&rig.page, &MemoryPage::tensorsWanted);
    QVERIFY(rig.tile(QStringLiteral("Shared by several components"))->canBeEntered);
    rig.page.treemap()->setPath({sharedNodeId()});
    QCOMPARE(wanted.size(), 1);
    QCOMPARE(wanted.first(), (QVariantList{kGpu, QString(), QString()}));
    const QStringList holders{QStringLiteral("a: vae"), QStringLiteral("b: vae")};
    rig.page.setTensors({.memoryId = kGpu,
        .modelId = {},
        .componentId = {},
        .tensors = {{.name = QStringLiteral("w"),
            .type = QStringLiteral("fp16 [2]"),
            .bytes = 3 * kGiB,
            .otherNames = {},
            .holders = holders}}});
    QCOMPARE(rig.page.treemap()->tiles().size(), 1);
    const TreemapTile& tile = rig.page.treemap()->tiles().first();
    QVERIFY2(tile.label.contains(holders[0]) && tile.label.contains(holders[1]), qPrintable(tile.label));
    rig.page.treemap()->setPath({sharedNodeId(), tile.id});
    QVERIFY(rig.tile(QStringLiteral("w")) != nullptr);
}

void TestMemoryPage::leavesTensorsOfAnotherMemoryAlone()
{
    Rig rig;
    rig.page.treemap()->setPath({kModel, kUnet});
    rig.page.showMemory(QStringLiteral("CACHE"));
    rig.page.treemap()->setPath({kModel, kUnet});
    TensorsView late{.memoryId = kGpu,
        .modelId = kModel,
        .componentId = kUnet,
        .tensors = {{.name = QStringLiteral("weight"), .type = QStringLiteral("fp16 [2, 2]"), .bytes = 5 * kGiB}}};
    rig.page.setTensors(late);
    QVERIFY(rig.tile(QStringLiteral("weight")) == nullptr);
    late.memoryId = QStringLiteral("CACHE");
    rig.page.setTensors(late);
    QVERIFY(rig.tile(QStringLiteral("weight")) != nullptr);
}

QTEST_MAIN(TestMemoryPage)
#include "test_memory_page.moc"

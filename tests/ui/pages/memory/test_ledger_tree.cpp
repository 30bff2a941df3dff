// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/memory/ledger_tree.h"

#include <QLocale>
#include <QSet>
#include <QTest>

#include <numeric>

using namespace weightroom::ui;

namespace {

constexpr quint64 kMiB = 1024 * 1024;

LedgerRow row(LedgerKind kind, quint64 bytes)
{
    LedgerRow made;
    made.kind = kind;
    made.bytes = bytes;
    return made;
}

LedgerRow component(const QString& model, const QString& id, quint64 bytes)
{
    LedgerRow made = row(LedgerKind::Component, bytes);
    made.modelId = model;
    made.modelName = QStringLiteral("model ") + model;
    made.componentId = id;
    return made;
}

LedgerRow process(qint64 id, const QString& name, quint64 bytes)
{
    LedgerRow made = row(LedgerKind::Process, bytes);
    made.processId = id;
    made.processName = name;
    return made;
}

WatchedMemory someMemory()
{
    WatchedMemory memory;
    memory.id = QStringLiteral("GPU_0");
    memory.ledger = {component(QStringLiteral("a"), QStringLiteral("unet"), 100 * kMiB),
        component(QStringLiteral("b"), QStringLiteral("unet"), 50 * kMiB),
        component(QStringLiteral("a"), QStringLiteral("vae"), 10 * kMiB), row(LedgerKind::Shared, 5 * kMiB),
        process(7, QStringLiteral("blender"), 20 * kMiB), process(8, QString(), 0), row(LedgerKind::Unattributed, 0),
        row(LedgerKind::Free, 15 * kMiB)};
    memory.total = 200 * kMiB;
    return memory;
}

} // namespace

class TestLedgerTree : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void putsComponentsUnderTheirModels();
    void addsUpToTheWhole();
    void hidesWhatIsFree();
    void hidesWhatMayBeFree();
    void hasATileForEachKind();
    void addsUpAComponentThatIsThereTwice();
    void makesATileForEachTensor();
    void tellsThatComponentsHaveChanged();
    void putsTogetherWhatTheSameComponentsShare();
};

void TestLedgerTree::putsComponentsUnderTheirModels()
{
    const TreemapNode root = ledgerTree(someMemory(), FreeMemory::Shown);
    QCOMPARE(root.label, QStringLiteral("GPU_0"));
    QCOMPARE(root.children.size(), 5); // two models, shared, a process, free: what is empty has no tile
    const TreemapNode& first = root.children.first();
    QCOMPARE(first.label, QStringLiteral("model a"));
    QCOMPARE(first.detail, QStringLiteral("110.0 MiB"));
    QCOMPARE(first.tone, TreemapTone::Owner);
    QCOMPARE(first.children.size(), 2);
    QCOMPARE(first.children[1].label, QStringLiteral("vae"));
    QVERIFY(first.children[1].hasMore); // its tensors can be asked for
    const TreemapNode* blender = root.child(QStringLiteral("7/7"));
    QVERIFY(blender != nullptr);
    QCOMPARE(blender->label, QStringLiteral("blender (process 7)"));
}

void TestLedgerTree::addsUpToTheWhole()
{
    const TreemapNode root = ledgerTree(someMemory(), FreeMemory::Shown);
    const double sum = std::accumulate(root.children.begin(), root.children.end(), 0.0,
        [](double part, const TreemapNode& node) { return part + node.size; });
    QCOMPARE(sum, root.size);
}

void TestLedgerTree::hidesWhatIsFree()
{
    const TreemapNode root = ledgerTree(someMemory(), FreeMemory::Hidden);
    QCOMPARE(root.children.size(), 4);
    QCOMPARE(root.size, 200.0 * kMiB); // shares are of all the memory
}

void TestLedgerTree::hidesWhatMayBeFree()
{
    WatchedMemory memory = someMemory();
    memory.areOthersKnown = false;
    for (const TreemapNode& node : ledgerTree(memory, FreeMemory::Shown).children)
        QVERIFY(node.tone != TreemapTone::Free);
}

void TestLedgerTree::hasATileForEachKind()
{
    WatchedMemory memory;
    for (int kind = static_cast<int>(LedgerKind::Component); kind <= static_cast<int>(LedgerKind::Free); ++kind)
        memory.ledger.append(row(static_cast<LedgerKind>(kind), kMiB));
    memory.ledger[0].componentId = QStringLiteral("unet");
    memory.total = static_cast<quint64>(memory.ledger.size()) * kMiB;
    const TreemapNode root = ledgerTree(memory, FreeMemory::Shown);
    QCOMPARE(root.children.size(), memory.ledger.size());
    QSet<QString> ids;
    for (const TreemapNode& node : root.children) {
        ids.insert(node.id);
        QVERIFY(node.tone != TreemapTone::None);
    }
    QCOMPARE(ids.size(), root.children.size());
}

void TestLedgerTree::addsUpAComponentThatIsThereTwice()
{
    WatchedMemory memory = someMemory();
    memory.ledger.append(component(QStringLiteral("a"), QStringLiteral("unet"), 7 * kMiB)); // only leased
    const TreemapNode root = ledgerTree(memory, FreeMemory::Hidden);
    const TreemapNode& first = root.children.first();
    QCOMPARE(first.children.size(), 2); // ids are unique among siblings
    QCOMPARE(first.children.first().size, 107.0 * kMiB);
    QCOMPARE(first.children.first().detail, QStringLiteral("107.0 MiB"));
    QCOMPARE(first.size, 117.0 * kMiB);
}

void TestLedgerTree::tellsThatComponentsHaveChanged()
{
    const auto versionOf = [](const WatchedMemory& memory) {
        return ledgerTree(memory, FreeMemory::Hidden).child(sharedNodeId())->version;
    };
    const WatchedMemory before = someMemory();
    WatchedMemory after = before;
    after.ledger.removeLast(); // what is free does not matter
    QCOMPARE(versionOf(after), versionOf(before));
    after.ledger.removeFirst(); // one less has what is shared, which is as large as before
    QVERIFY(versionOf(after) != versionOf(before));
}

void TestLedgerTree::putsTogetherWhatTheSameComponentsShare()
{
    const QStringList vaes{QStringLiteral("a: vae"), QStringLiteral("b: vae")};
    const QStringList encoders{QStringLiteral("a: clip"), QStringLiteral("c: clip")};
    const auto tensor = [](const QString& name, quint64 bytes, const QStringList& holders) {
        return TensorsView::Tensor{
            .name = name, .type = QStringLiteral("fp16 [2]"), .bytes = bytes, .otherNames = {}, .holders = holders};
    };
    TensorsView tensors;
    tensors.tensors = {tensor(QStringLiteral("one"), 8, vaes), tensor(QStringLiteral("two"), 4, encoders),
        tensor(QStringLiteral("three"), 2, vaes)};
    const QList<TreemapNode> nodes = tensorNodes(tensors);
    QCOMPARE(nodes.size(), 2);
    QCOMPARE(nodes[1].label, QStringLiteral("a: vae \u00B7 b: vae"));
    QCOMPARE(nodes[1].size, 10.0);
    QCOMPARE(nodes[1].children.size(), 2);
    QCOMPARE(nodes[0].children.first().label, QStringLiteral("two"));
    QCOMPARE(pathOf(tensors), QStringList{sharedNodeId()});
    const TreemapNode root = ledgerTree(someMemory(), FreeMemory::Hidden);
    QVERIFY(root.child(sharedNodeId()) != nullptr && root.child(sharedNodeId())->hasMore);
}

void TestLedgerTree::makesATileForEachTensor()
{
    TensorsView tensors;
    tensors.componentId = QStringLiteral("unet");
    tensors.tensors = {{.name = QStringLiteral("a.weight"), .type = QStringLiteral("F16 [2, 2]"), .bytes = 8}};
    const QList<TreemapNode> nodes = tensorNodes(tensors);
    QCOMPARE(nodes.size(), 1);
    QCOMPARE(nodes.first().label, QStringLiteral("a.weight"));
    QCOMPARE(nodes.first().detail, QStringLiteral("F16 [2, 2], 8 bytes"));
    QCOMPARE(nodes.first().size, 8.0);
    QVERIFY(!nodes.first().canBeEntered());
    QVERIFY(nodes.first().isPath);
    tensors.tensors.first().otherNames = {QStringLiteral("b.weight"), QStringLiteral("c.weight")};
    QCOMPARE(tensorNodes(tensors).first().detail, QStringLiteral("F16 [2, 2], 8 bytes, also b.weight, c.weight"));
}

QTEST_APPLESS_MAIN(TestLedgerTree)
#include "test_ledger_tree.moc"

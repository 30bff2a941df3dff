// SPDX-License-Identifier: GPL-3.0-or-later
//
// Headers that no model has: nothing is guessed, and no answer reads past what is there.
#include "model_engine/catalog/identification.h"
#include "tests/model_engine/catalog/identification_cases.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <limits>

using namespace weightroom::engine;
using namespace weightroom::test;

Q_DECLARE_METATYPE(IdentificationCase)
Q_DECLARE_METATYPE(Shape)

class TestIdentificationHostile final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void doesNotGuess_data();
    void doesNotGuess();
    void survivesAnyShape_data();
    void survivesAnyShape();
    void anEmptyFileIsUnknown();
    void sumsDoNotWrap();
};

void TestIdentificationHostile::doesNotGuess_data()
{
    QTest::addColumn<IdentificationCase>("file");
    for (const IdentificationCase& row : unknownFiles())
        QTest::newRow(row.name.c_str()) << row;
}

void TestIdentificationHostile::doesNotGuess()
{
    QFETCH(IdentificationCase, file);
    const Identification identified = identify(indexOf(file.blueprint));
    QCOMPARE(identified.kind, ModelKind::Unknown);
    QCOMPARE(identified.architecture, Architecture::Unknown);
    QCOMPARE(identified.problems, std::vector{ModelProblem::UnknownArchitecture});
    QCOMPARE(identified.components.size(), std::size_t{1});
    QCOMPARE(identified.components.front().id.text, std::string{"other_tensors"});
    QVERIFY(identified.evidence.empty());
    QCOMPARE(identified.confidence, 0.0);
}

void TestIdentificationHostile::survivesAnyShape_data()
{
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    QTest::addColumn<Shape>("shape");
    QTest::newRow("scalars") << Shape{};
    QTest::newRow("no elements") << Shape{0, 0};
    QTest::newRow("one dimension that is too large") << Shape{kMost};
    QTest::newRow("dimensions whose product wraps") << Shape{kMost, kMost};
    QTest::newRow("five dimensions") << Shape{1, 2, 3, 4, 5};
}

/// The names decide what is asked; whatever the shapes are, no answer may read past them.
void TestIdentificationHostile::survivesAnyShape()
{
    QFETCH(Shape, shape);
    for (const IdentificationCase& file : knownFiles()) {
        TensorIndex index = indexOf(file.blueprint);
        for (TensorEntry& entry : index.tensors)
            entry.shape = shape;
        const Identification identified = identify(index);
        std::uint64_t tensors = 0;
        for (const ComponentRecord& component : identified.components)
            tensors += component.tensorCount;
        QVERIFY2(tensors == index.tensors.size(), file.name.c_str());
        QVERIFY2(identified.confidence >= 0 && identified.confidence <= 1, file.name.c_str());
    }
}

void TestIdentificationHostile::anEmptyFileIsUnknown()
{
    const Identification identified = identify(TensorIndex{});
    QCOMPARE(identified.kind, ModelKind::Unknown);
    QVERIFY(identified.components.empty());
    QCOMPARE(identified.precision, Dtype::Unknown);
    QVERIFY(componentOf(identified, "anything") == nullptr);
}

void TestIdentificationHostile::sumsDoNotWrap()
{
    const std::uint64_t huge = std::uint64_t{1} << 63U;
    TensorIndex index;
    for (const char* name : {"a", "b", "c"})
        index.tensors.push_back({name, Dtype::U8, {huge}, {8, Bytes{huge}}});
    const Identification identified = identify(index);
    QCOMPARE(identified.parameters, std::numeric_limits<std::uint64_t>::max());
    QCOMPARE(identified.components.front().size.value, std::numeric_limits<std::uint64_t>::max());
}

QTEST_APPLESS_MAIN(TestIdentificationHostile)
#include "test_identification_hostile.moc"

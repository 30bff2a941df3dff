// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/shape.h"

#include <QTest>

using weightroom::engine::Shape;

class TestShape : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsElements_data();
    void countsElements();
    void givesDimensionsThatAreThere();
    void writesItself();
    void compares();
};

void TestShape::countsElements_data()
{
    constexpr std::uint64_t kMost = ~0ULL;
    QTest::addColumn<std::vector<std::uint64_t>>("dimensions");
    QTest::addColumn<std::optional<std::uint64_t>>("elements");
    using Dimensions = std::vector<std::uint64_t>;
    using Count = std::optional<std::uint64_t>;
    QTest::newRow("scalar") << Dimensions{} << Count{1};
    QTest::newRow("convolution") << Dimensions{320, 4, 3, 3} << Count{11'520};
    QTest::newRow("zero") << Dimensions{3, 0, 5} << Count{0};
    QTest::newRow("zero first") << Dimensions{0, kMost, kMost} << Count{0};
    QTest::newRow("most") << Dimensions{1, kMost, 1} << Count{kMost};
    QTest::newRow("overflow") << Dimensions{kMost, 2} << Count{};
    QTest::newRow("wraps to zero") << Dimensions{1ULL << 32U, 1ULL << 32U} << Count{};
    QTest::newRow("overflow before zero") << Dimensions{kMost, 4, 0} << Count{};
}

void TestShape::countsElements()
{
    QFETCH(std::vector<std::uint64_t>, dimensions);
    QFETCH(std::optional<std::uint64_t>, elements);
    QCOMPARE(Shape{dimensions}.elements(), elements);
}

void TestShape::givesDimensionsThatAreThere()
{
    const Shape shape{320, 4};
    QCOMPARE(shape.rank(), std::size_t{2});
    QCOMPARE(shape.at(0), std::optional<std::uint64_t>{320});
    QCOMPARE(shape.at(2), std::nullopt);
    QCOMPARE(shape.at(~std::size_t{0}), std::nullopt);
    QCOMPARE(shape.last(), std::optional<std::uint64_t>{4});
    QCOMPARE(Shape{}.last(), std::nullopt);
}

void TestShape::writesItself()
{
    QCOMPARE(toText(Shape{320, 4, 3, 3}), std::string{"[320, 4, 3, 3]"});
    QCOMPARE(toText(Shape{7}), std::string{"[7]"});
    QCOMPARE(toText(Shape{}), std::string{"[]"});
}

void TestShape::compares()
{
    QVERIFY((Shape{1, 2} == Shape{std::vector<std::uint64_t>{1, 2}}));
    QVERIFY((Shape{1, 2} != Shape{2, 1}));
    QVERIFY((Shape{1} != Shape{}));
}

QTEST_APPLESS_MAIN(TestShape)
#include "test_shape.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/tensor_views.h"

#include "model_engine/formats/tensor_elements.h"
#include "tests/support/memory_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr std::string_view kData = "..abcdefghijkl..";

std::string elementsOf(const TensorEntry& entry)
{
    const MemorySource source{std::string{kData}};
    std::string elements;
    const auto take = [&](std::span<const std::byte> bytes) -> Result<> {
        elements.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
    };
    return readElements(source, entry, take) ? elements : "error";
}

TensorEntry matrix(Shape shape) { return {"m", Dtype::U8, std::move(shape), {2, Bytes{12}}}; }

} // namespace

class TestTensorViews : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void takesRows();
    void exchangesRowsAndColumns();
    void takesRowsOfAView();
    void takesNothing();
};

void TestTensorViews::takesRows()
{
    const TensorEntry rows = rowsOf(matrix({4, 3}), 1, 2);
    QCOMPARE(rows.shape, Shape({2, 3}));
    QVERIFY(rows.isContiguous());
    QCOMPARE(elementsOf(rows), std::string{"defghi"});
    QCOMPARE(elementsOf(rowsOf(matrix({12}), 10, 2)), std::string{"kl"});
}

void TestTensorViews::exchangesRowsAndColumns()
{
    const TensorEntry view = transposed(matrix({4, 3}));
    QCOMPARE(view.shape, Shape({3, 4}));
    QCOMPARE(elementsOf(view), std::string{"adgjbehkcfil"});
    QCOMPARE(elementsOf(transposed(view)), std::string{"abcdefghijkl"});
}

void TestTensorViews::takesRowsOfAView()
{
    const TensorEntry view = transposed(matrix({4, 3}));
    const TensorEntry rows = rowsOf(view, 1, 2);
    QCOMPARE(rows.shape, Shape({2, 4}));
    QCOMPARE(elementsOf(rows), std::string{"behkcfil"});
    QCOMPARE(rows.range.end(), 14U);
    QCOMPARE(elementsOf(rowsOf(view, 0, 1)), std::string{"adgj"});
}

void TestTensorViews::takesNothing()
{
    QCOMPARE(elementsOf(rowsOf(matrix({4, 3}), 4, 0)), std::string{});
    QCOMPARE(elementsOf(rowsOf(transposed(matrix({4, 3})), 1, 0)), std::string{});
    TensorEntry empty{"e", Dtype::F16, {0, 3}, {2, {}}};
    QCOMPARE(rowsOf(empty, 0, 0).range.size, Bytes{});
}

QTEST_APPLESS_MAIN(TestTensorViews)
#include "test_tensor_views.moc"

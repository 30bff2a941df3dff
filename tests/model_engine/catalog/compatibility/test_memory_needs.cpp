// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/compatibility/memory_needs.h"

#include <QTest>

#include <limits>

using namespace weightroom::engine;

Q_DECLARE_METATYPE(Identification)

namespace {

Identification stored(Dtype precision, std::uint64_t bytes, std::uint64_t parameters, std::string quantization = {})
{
    Identification model;
    model.precision = precision;
    model.parameters = parameters;
    model.quantization = std::move(quantization);
    model.components = {{ComponentId{"unet"}, ComponentKind::Unet, {}, 1, Bytes{bytes / 2}},
        {ComponentId{"vae"}, ComponentKind::Vae, {}, 1, Bytes{bytes - bytes / 2}}};
    return model;
}

std::string textOf(const std::vector<MemoryNeed>& needs)
{
    std::string text;
    for (const MemoryNeed& need : needs) {
        text += (text.empty() ? "" : " ")
            + (need.precision == Dtype::Unknown ? std::string{"stored"} : std::string{toText(need.precision)});
        text += (need.isEstimate ? "~" : "=") + std::to_string(need.size.value);
    }
    return text;
}

} // namespace

class TestMemoryNeeds final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void followTheParameters_data();
    void followTheParameters();
    void countTheRoomOfPlaces();
    void doNotWrapAround();
};

void TestMemoryNeeds::followTheParameters_data()
{
    QTest::addColumn<Identification>("model");
    QTest::addColumn<QString>("needs");
    const std::string f16{toText(Dtype::F16)};
    const std::string f8{toText(Dtype::F8E4M3)};
    const auto text = [](const std::string& words) { return QString::fromStdString(words); };
    QTest::newRow("f32") << stored(Dtype::F32, 4000, 1000) << text("stored=4000 " + f16 + "~2000 " + f8 + "~1000");
    QTest::newRow("f16") << stored(Dtype::F16, 2001, 1000) << text("stored=2001 " + f8 + "~1000");
    QTest::newRow("bf16") << stored(Dtype::Bf16, 2000, 1000) << text("stored=2000 " + f8 + "~1000");
    QTest::newRow("f8") << stored(Dtype::F8E4M3, 1000, 1000) << text("stored=1000");
    QTest::newRow("mostly f16, smaller already") << stored(Dtype::F16, 900, 1000) << text("stored=900");
    QTest::newRow("quantised") << stored(Dtype::F16, 2000, 1000, "nf4") << text("stored=2000");
    QTest::newRow("gguf") << stored(Dtype::Q4_0, 600, 1000) << text("stored=600");
    QTest::newRow("nothing") << Identification{} << text("stored=0");
}

void TestMemoryNeeds::followTheParameters()
{
    QFETCH(Identification, model);
    QTEST(QString::fromStdString(textOf(memoryNeedsOf(model))), "needs");
}

void TestMemoryNeeds::countTheRoomOfPlaces()
{
    Identification model = stored(Dtype::F16, 2000, 1000);
    model.tensorCount = 10;
    QCOMPARE(memoryNeedsOf(model).front().size, Bytes{2000 + 10 * 255});
}

void TestMemoryNeeds::doNotWrapAround()
{
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    Identification model = stored(Dtype::F32, kMost, kMost);
    model.tensorCount = kMost;
    for (const MemoryNeed& need : memoryNeedsOf(model))
        QCOMPARE(need.size, Bytes{kMost});
}

QTEST_APPLESS_MAIN(TestMemoryNeeds)
#include "test_memory_needs.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/model_rows.h"
#include "ui/bridge/text/load_preview_text.h"

#include <QLocale>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

constexpr quint64 kGiB = quint64{1} << 30;

LoadPreviewView preview()
{
    return {.modelId = QStringLiteral("hat"),
        .deviceId = QStringLiteral("GPU_0"),
        .size = kGiB * 6,
        .loadedSize = kGiB * 6,
        .needed = kGiB * 6,
        .free = kGiB * 8,
        .evicted = 0,
        .fits = true,
        .fitsCache = true,
        .seconds = std::nullopt};
}

} // namespace

class TestLoadPreviewText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void readsAnAnswer();
    void saysWhatFits();
    void saysWhatDoesNot();
    void saysWhatIsThereAndWhatGoes();
    void saysWhatIsConverted();
};

void TestLoadPreviewText::readsAnAnswer()
{
    LibraryView library;
    library.models = {test::modelRow(QStringLiteral("c1"), {.name = QStringLiteral("coat")})};
    const engine::Json answer{
        {"model_id", "hat"},
        {"precision",
            {{"size_bytes", 11U}, {"loaded_bytes", 7U},
                {"components",
                    {{{"changes", {{{"from", "fp32"}, {"to", "fp16"}}, {{"from", "fp32"}, {"to", "bf16"}}}}},
                        {{"changes", {{{"from", "fp32"}, {"to", "fp16"}}}}}}}}},
        {"device", {{"device_id", "GPU_0"}, {"needed_bytes", 7U}, {"free_bytes", 8U}, {"fits", true}}},
        {"cache",
            {{"evicted_bytes", 9U}, {"fits", false},
                {"would_evict",
                    {{{"model_id", "c1"}, {"component_id", "unet"}, {"bytes", 8U}},
                        {{"model_id", "gone"}, {"component_id", "vae"}, {"bytes", 2U}}}}}},
        {"predicted_time", {{"total_seconds", 2.5}}},
    };
    const LoadPreviewView view = loadPreviewView(answer, library);
    QCOMPARE(view.modelId, QStringLiteral("hat"));
    QCOMPARE(view.deviceId, QStringLiteral("GPU_0"));
    QCOMPARE(view.size, quint64{11});
    QCOMPARE(view.loadedSize, quint64{7});
    QCOMPARE(view.conversions, QStringLiteral("fp32 \u2192 fp16, fp32 \u2192 bf16"));
    QCOMPARE(view.needed, quint64{7});
    QCOMPARE(view.free, quint64{8});
    QCOMPARE(view.evicted, quint64{9});
    const QList<EvictionView> evictions{{QStringLiteral("coat"), QStringLiteral("unet"), 8, QStringLiteral("c1")},
        {QStringLiteral("gone"), QStringLiteral("vae"), 2, QStringLiteral("gone")}};
    QCOMPARE(view.evictions, evictions);
    QCOMPARE(view.evictionText, QStringLiteral("coat: unet, 8 bytes\ngone: vae, 2 bytes"));
    QVERIFY(view.fits && !view.fitsCache);
    QCOMPARE(view.seconds, std::optional(2.5));
}

void TestLoadPreviewText::saysWhatFits()
{
    LoadPreviewView view = preview();
    QCOMPARE(loadPreviewText(view), QStringLiteral("Fits on GPU_0: needs 6.00 GiB, 8.00 GiB are free."));
    view.seconds = 4.2;
    QVERIFY2(loadPreviewText(view).endsWith(QStringLiteral(" Takes about 4.2 s.")), qPrintable(loadPreviewText(view)));
    view.seconds = 0.02;
    QVERIFY(!loadPreviewText(view).contains(QStringLiteral("Takes")));
}

void TestLoadPreviewText::saysWhatDoesNot()
{
    LoadPreviewView view = preview();
    view.free = kGiB;
    view.fits = false;
    view.seconds = 4;
    QCOMPARE(loadPreviewText(view), QStringLiteral("Does not fit on GPU_0 now: needs 6.00 GiB, 1.00 GiB are free."));
    view = preview();
    view.fitsCache = false;
    QVERIFY(loadPreviewText(view).endsWith(QStringLiteral(" The RAM cache is too small for it.")));
}

void TestLoadPreviewText::saysWhatIsThereAndWhatGoes()
{
    LoadPreviewView view = preview();
    view.needed = kGiB * 2;
    view.evicted = kGiB;
    const QString coat = QStringLiteral("coat");
    view.evictions = {{coat, QStringLiteral("unet"), kGiB / 2}, {coat, QStringLiteral("vae"), kGiB}};
    QVERIFY2(loadPreviewText(view).endsWith(QStringLiteral(
                 " 4.00 GiB of it are there already. 1.50 GiB of the cache would have to go: coat (1.50 GiB).")),
        qPrintable(loadPreviewText(view)));
    for (const char* name : {"hat", "scarf", "boot", "belt"})
        view.evictions.append({QString::fromLatin1(name), QStringLiteral("unet"), kGiB});
    QVERIFY2(loadPreviewText(view).endsWith(
                 QStringLiteral(": coat (1.50 GiB), hat (1.00 GiB), scarf (1.00 GiB) and 2 more.")),
        qPrintable(loadPreviewText(view)));
    view.evictions = {
        {QStringLiteral("The Longest Name That Anybody Gave To A Coat v2.1"), QStringLiteral("unet"), kGiB}};
    QVERIFY2(
        loadPreviewText(view).endsWith(QStringLiteral(": The Longest Name That A\u2026e To A Coat v2.1 (1.00 GiB).")),
        qPrintable(loadPreviewText(view)));
    view.evictions = {{coat, QStringLiteral("unet"), kGiB / 2}};
    QVERIFY2(loadPreviewText(view).endsWith(QStringLiteral(
                 "1.00 GiB of the cache would have to go, and only 512.0 MiB can: the rest is in use or kept there.")),
        qPrintable(loadPreviewText(view)));
    view.evictions = {};
    QVERIFY2(loadPreviewText(view).endsWith(QStringLiteral(
                 "1.00 GiB of the cache would have to go, and nothing can: it is in use or kept there.")),
        qPrintable(loadPreviewText(view)));
    view.evictions = {{coat, QStringLiteral("unet"), kGiB, QStringLiteral("1")},
        {coat, QStringLiteral("unet"), kGiB, QStringLiteral("2")}};
    QVERIFY2(loadPreviewText(view).endsWith(QStringLiteral(": coat (1.00 GiB), coat (1.00 GiB).")),
        qPrintable(loadPreviewText(view)));
    view.needed = view.loadedSize - 4096; // a little alignment
    view.evicted = 256;
    QVERIFY(!loadPreviewText(view).contains(QStringLiteral("already")));
    QVERIFY(!loadPreviewText(view).contains(QStringLiteral("would have to go")));
}

void TestLoadPreviewText::saysWhatIsConverted()
{
    LoadPreviewView view = preview();
    view.conversions = QStringLiteral("fp32 \u2192 fp16");
    view.size = kGiB * 12;
    QVERIFY(
        loadPreviewText(view).endsWith(QStringLiteral(" Converts fp32 \u2192 fp16 on the way, which saves 6.00 GiB.")));
    view.size = kGiB * 3;
    QVERIFY(loadPreviewText(view).endsWith(
        QStringLiteral(" Converts fp32 \u2192 fp16 on the way, which takes 3.00 GiB more.")));
}

QTEST_MAIN(TestLoadPreviewText)
#include "test_load_preview_text.moc"

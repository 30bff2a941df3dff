// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/compatibility_text.h"

#include <QTest>

using namespace weightroom::ui;
using weightroom::engine::Json;

class TestCompatibilityText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void matchesArePutIntoWords();
    void everyDeviceHasItsSentence();
    void anEmptyAnswerIsNothing();
};

void TestCompatibilityText::matchesArePutIntoWords()
{
    const Json match{{"model_id", "v"}, {"name", "ae"}, {"model_type", "vae"}, {"verdict", "perhaps"},
        {"reason", "base_unknown"}, {"detail", "d"}};
    const CompatibilityView view = compatibilityView({{"model_id", "hat"}, {"works_with", {match}},
        {"needs",
            {{{"model_type", "vae"}, {"architectures", {"flux"}}, {"is_optional", false}, {"candidates", {match}}},
                {{"model_type", "text-encoder"}, {"architectures", Json::array()}, {"is_optional", false},
                    {"candidates", Json::array()}},
                {{"model_type", "text-encoder"}, {"architectures", {"t5-xxl"}}, {"is_optional", true},
                    {"candidates", Json::array()}}}}});
    QCOMPARE(view.matches.size(), 1);
    QCOMPARE(view.matches.first().kind, QStringLiteral("VAE"));
    QCOMPARE(view.matches.first().verdict, Verdict::Perhaps);
    QCOMPARE(view.matches.first().reason, QStringLiteral("What it belongs to is not known"));
    QCOMPARE(view.needs,
        (QStringList{QStringLiteral("It needs another part: VAE (flux). The library has 1: ae."),
            QStringLiteral("It needs another part: Text encoder. The library has none."),
            QStringLiteral("It can use another part: Text encoder (t5-xxl). The library has none.")}));
}

void TestCompatibilityText::everyDeviceHasItsSentence()
{
    constexpr std::uint64_t kGiB = 1024ULL * 1024 * 1024;
    const auto row = [](const char* device, const char* precision, std::uint64_t needed, bool fits) {
        return Json{{"device_id", device}, {"precision", precision}, {"needed_bytes", needed},
            {"capacity_bytes", 6 * kGiB}, {"fits_when_empty", fits}};
    };
    const CompatibilityView view = compatibilityView({{"model_id", "xl"},
        {"devices",
            {row("GPU_0", "stored", 4 * kGiB, true), row("GPU_0", "fp8_e4m3", 2 * kGiB, true),
                row("GPU_1", "stored", 8 * kGiB, false), row("GPU_1", "fp8_e4m3", 4 * kGiB, true),
                row("GPU_2", "stored", 8 * kGiB, false)}}});
    QCOMPARE(view.devices,
        (QStringList{QStringLiteral("GPU_0: fits as it is stored, 4.00 GiB."),
            QStringLiteral(
                "GPU_1: too large as it is stored, 8.00 GiB. Converted to fp8_e4m3 it fits, about 4.00 GiB."),
            QStringLiteral("GPU_2: too large, 8.00 GiB of 6.00 GiB.")}));
}

void TestCompatibilityText::anEmptyAnswerIsNothing() { QVERIFY(compatibilityView(Json::object()).matches.isEmpty()); }

QTEST_GUILESS_MAIN(TestCompatibilityText)
#include "test_compatibility_text.moc"

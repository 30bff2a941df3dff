// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/settings_values.h"

#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

class TestSettingsValues : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void takesWhatCanBeEdited();
    void writesWhatItHasRead();
};

void TestSettingsValues::takesWhatCanBeEdited()
{
    const SettingsView view =
        settingsView({{"bytes", 18446744073709551615ULL}, {"switch", true}, {"word", "lru"}, {"sizes", {1U, 2U}},
            {"paths", {"/a"}}, {"seconds", 20}, {"nothing", nullptr}, {"negative", -1}, {"object", {{"a", 1}}}});
    const QList<SettingValue> expected{{QStringLiteral("bytes"), quint64{18446744073709551615ULL}},
        {QStringLiteral("switch"), true}, {QStringLiteral("word"), QStringLiteral("lru")},
        {QStringLiteral("sizes"), QVariantList{quint64{1}, quint64{2}}}, {QStringLiteral("seconds"), quint64{20}}};
    QCOMPARE(view.values, expected);
}

void TestSettingsValues::writesWhatItHasRead()
{
    const engine::Json settings{{"bytes", 18446744073709551615ULL}, {"switch", true}, {"word", "lru"},
        {"sizes", {1U, 2U}}, {"none", engine::Json::array()}};
    QCOMPARE(engine::writeJson(settingsRequest(settingsView(settings))), engine::writeJson(settings));
}

QTEST_APPLESS_MAIN(TestSettingsValues)
#include "test_settings_values.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/settings.h"

#include "model_engine/core/system/memory_limit.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

Settings chosen()
{
    return {.modelFolders = {"/models", "/mnt/more \"models\"/ü\n"},
        .cacheBudget = kGiB * 5,
        .hostDevices = {kMiB, kGiB * 4096},
        .useCuda = false,
        .memoryReserve = kGiB * 3,
        .poolReady = kMiB * 512,
        .poolKeep = std::chrono::seconds{60},
        .shareContents = false,
        .evictionPolicy = EvictionChoice::LeastRecentlyUsed,
        .predictiveCaching = false,
        .directIo = false,
        .precisionConversion = false,
        .restEnabled = true,
        .restPort = 1024,
        .alerts = {.memoryPercent = 80,
            .loadTime = std::chrono::seconds{0},
            .errorPercent = 100,
            .hold = std::chrono::seconds{3600},
            .hysteresisPercent = 50},
        .history = {.minutes = std::chrono::days{90}, .hours = std::chrono::days{1}}};
}

} // namespace

class TestSettings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void defaultsFollowTheMemory_data();
    void defaultsFollowTheMemory();
    void knowsTheMemoryOfTheSystem();
    void aMissingFileGivesTheDefaults();
    void whatIsSavedIsLoaded();
    void keepsWhatTheFileDoesNotName();
    void listsAFolderOnce();
    void refusesBadValues_data();
    void refusesBadValues();
    void refusesUnknownFields();
    void refusesWhatIsNoObject_data();
    void refusesWhatIsNoObject();
    void refusesBrokenFiles_data();
    void refusesBrokenFiles();
    void refusesWhatIsNoFile();
    void saysWhySavingFailed();
    void findsTheSettingsFile_data();
    void findsTheSettingsFile();
};

void TestSettings::defaultsFollowTheMemory_data()
{
    QTest::addColumn<quint64>("totalMiB");
    QTest::addColumn<quint64>("cacheMiB");
    QTest::addColumn<quint64>("hostMiB");
    QTest::addColumn<quint64>("readyMiB");
    QTest::newRow("tiny") << 100ULL << 1024ULL << 1024ULL << 256ULL;
    QTest::newRow("24 GiB") << 24576ULL << 12288ULL << 8192ULL << 2048ULL;
    QTest::newRow("a big machine") << 1048576ULL << 65536ULL << 349525ULL << 2048ULL;
}

void TestSettings::defaultsFollowTheMemory()
{
    QFETCH(quint64, totalMiB);
    QFETCH(quint64, cacheMiB);
    QFETCH(quint64, hostMiB);
    QFETCH(quint64, readyMiB);
    const Settings settings = defaultSettings(kMiB * totalMiB);
    QCOMPARE(settings.cacheBudget, kMiB * cacheMiB);
    QCOMPARE(settings.hostDevices.size(), 1U);
    QCOMPARE(settings.hostDevices.front(), kMiB * hostMiB);
    QCOMPARE(settings.poolReady, kMiB * readyMiB);
    QCOMPARE(settings.poolKeep, std::chrono::seconds{300});
    const AlertSettings alerts{.memoryPercent = 90,
        .loadTime = std::chrono::seconds{30},
        .errorPercent = 5,
        .hold = std::chrono::seconds{10},
        .hysteresisPercent = 5};
    QVERIFY(settings.alerts == alerts);
    const HistorySettings history{.minutes = std::chrono::days{7}, .hours = std::chrono::days{365}};
    QVERIFY(settings.history == history);
    QVERIFY(settings.useCuda);
    QVERIFY(settings.shareContents);
    QVERIFY(settings.predictiveCaching);
    QVERIFY(settings.directIo && settings.precisionConversion);
    QVERIFY(settings.modelFolders.empty());
    // Defaults are values that may be set, too.
    const auto read = settingsFromJson(toJson(settings), {});
    VERIFY_RESULT(read);
    QVERIFY(*read == settings);
}

void TestSettings::knowsTheMemoryOfTheSystem()
{
    QVERIFY(systemMemory() > kMiB * 64);
    QVERIFY(systemMemory() <= controlGroupMemoryLimit().value_or(systemMemory()));
}

void TestSettings::aMissingFileGivesTheDefaults()
{
    const TemporaryFolder folder;
    for (const auto& path : {folder / "settings.json", folder / "no-folder" / "settings.json"}) {
        const auto settings = loadSettings(path, chosen());
        VERIFY_RESULT(settings);
        QVERIFY(*settings == chosen());
    }
    QVERIFY(folder.entries().empty());
}

void TestSettings::whatIsSavedIsLoaded()
{
    const TemporaryFolder folder;
    const auto file = folder / "config" / "weightroom" / "settings.json";
    VERIFY_RESULT(saveSettings(file, defaultSettings(kGiB * 8)));
    VERIFY_RESULT(saveSettings(file, chosen()));
    const auto loaded = loadSettings(file, {});
    VERIFY_RESULT(loaded);
    QVERIFY(*loaded == chosen());
}

void TestSettings::keepsWhatTheFileDoesNotName()
{
    const TemporaryFolder folder;
    const auto file = folder.write("settings.json", R"({"use_cuda": true, "host_device_bytes": []})");
    Settings expected = chosen();
    expected.useCuda = true;
    expected.hostDevices.clear();
    const auto loaded = loadSettings(file, chosen());
    VERIFY_RESULT(loaded);
    QVERIFY(*loaded == expected);
}

void TestSettings::listsAFolderOnce()
{
    const auto settings = settingsFromJson({{"model_folders", {"/b", "/a", "/b"}}}, {});
    VERIFY_RESULT(settings);
    const std::vector<std::filesystem::path> expected{"/b", "/a"};
    QVERIFY(settings->modelFolders == expected);
}

void TestSettings::refusesBadValues_data()
{
    struct Field {
        const char* name;
        std::vector<const char*> values; ///< JSON
    };
    const std::vector<Field> fields{
        {"model_folders",
            {"null", "true", "5", "\"/models\"", "{}", "[5]", "[null]", "[\"\"]", "[\"relative\"]", "[\"./x\"]",
                "[\"~/x\"]", "[[\"/models\"]]", "[\"/models\", 1]", "[\"/mo\\u0000dels\"]", "[{\"path\": \"/\"}]"}},
        {"cache_budget_bytes",
            {"null", "true", "\"8GiB\"", "\"\"", "[]", "{}", "0", "-1", "1048575", "1.5", "8e9", "4398046511105",
                "9223372036854775807", "9223372036854775808", "18446744073709551615", "-9223372036854775808"}},
        {"memory_reserve_bytes",
            {"null", "true", "\"4GiB\"", "[]", "{}", "-1", "1", "1048575", "0.0", "1.5", "4398046511105",
                "18446744073709551615"}},
        {"pool_ready_bytes",
            {"null", "true", "\"4GiB\"", "[]", "{}", "-1", "1", "1048575", "0.0", "1.5", "4398046511105",
                "18446744073709551615"}},
        {"pool_keep_seconds",
            {"null", "true", "\"5\"", "[]", "{}", "-1", "0.0", "1.5", "86401", "18446744073709551615",
                "-9223372036854775808"}},
        {"host_device_bytes",
            {"null", "true", "5", "\"x\"", "{}", "[0]", "[-1]", "[1048575]", "[4398046511105]", "[1.5]", "[\"1\"]",
                "[null]", "[[1048576]]", "[18446744073709551615]", "[1048576, 0]",
                "[1048576,1048576,1048576,1048576,1048576,1048576,1048576,1048576,1048576,"
                "1048576,1048576,1048576,1048576,1048576,1048576,1048576,1048576]"}},
        {"use_cuda", {"null", "0", "1", "1.0", "\"true\"", "\"\"", "[]", "[true]", "{}"}},
        {"share_contents", {"null", "0", "1", "1.0", "\"true\"", "\"\"", "[]", "[true]", "{}"}},
        {"predictive_caching", {"null", "0", "1", "\"true\"", "[]", "{}"}},
        {"direct_io", {"null", "0", "1", "\"true\"", "\"on\"", "[]", "[true]", "{}"}},
        {"precision_conversion", {"null", "0", "1", "\"true\"", "\"on\"", "[]", "[true]", "{}"}},
        {"rest_enabled", {"null", "0", "1", "\"true\"", "[]", "{}"}},
        {"rest_port",
            {"null", "true", "\"9767\"", "[]", "{}", "-1", "0", "80", "1023", "65536", "9767.0", "18446744073709551615",
                "-9223372036854775808"}},
        {"alert_memory_percent", {"null", "true", "\"90\"", "[]", "{}", "-1", "0.9", "101", "18446744073709551615"}},
        {"alert_load_seconds", {"null", "true", "\"30\"", "-1", "1.5", "3601", "9223372036854775808"}},
        {"alert_error_percent", {"null", "false", "\"5\"", "-1", "0.05", "101"}},
        {"alert_hold_seconds", {"null", "[]", "\"10s\"", "-1", "1.5", "3601"}},
        {"alert_hysteresis_percent", {"null", "{}", "\"5\"", "-1", "0.5", "51"}},
        {"history_minutes_days", {"null", "true", "\"7\"", "-1", "0", "7.0", "91", "-9223372036854775808"}},
        {"history_hours_days", {"null", "true", "\"365\"", "-1", "0", "365.5", "3651", "18446744073709551615"}},
        {"eviction_policy", {"null", "0", "true", "\"\"", "\"none\"", "\"LRU\"", "\"lru \"", "[\"lru\"]", "{}"}},
    };
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("value");
    for (const Field& field : fields) {
        for (const char* value : field.values)
            QTest::addRow("%s: %.60s", field.name, value) << QString::fromUtf8(field.name) << QString::fromUtf8(value);
    }
}

void TestSettings::refusesBadValues()
{
    QFETCH(QString, field);
    QFETCH(QString, value);
    const TemporaryFolder folder;
    const QString text = QStringLiteral("{\"%1\": %2}").arg(field, value);
    const auto file = folder.write("settings.json", text.toStdString());
    const auto settings = loadSettings(file, chosen());
    VERIFY_ERROR(settings, ErrorCode::InvalidValue);
    QCOMPARE(settings.error().context.field, field.toStdString());
    QCOMPARE(settings.error().context.path, file.string());
    QVERIFY(settings.error().detail.find(field.toStdString()) != std::string::npos);
}

void TestSettings::refusesUnknownFields()
{
    // A path that is not UTF-8 can reach an engine only from a program; a file of JSON could not keep it.
    VERIFY_ERROR(settingsFromJson({{"model_folders", {"/models/\xff"}}}, {}), ErrorCode::InvalidValue);
    for (const char* name : {"model_folder", "Model_folders", "modelFolders", "", "use_cuda ", "\xff", "flags",
             "DirectIo", "process_sharing"}) {
        const auto settings = settingsFromJson({{"use_cuda", true}, {name, 1}}, chosen());
        VERIFY_ERROR(settings, ErrorCode::UnknownField);
        QCOMPARE(settings.error().context.field, std::string{name});
    }
}

void TestSettings::refusesWhatIsNoObject_data()
{
    QTest::addColumn<QString>("text");
    for (const char* text : {"[]", "5", "\"settings\"", "null", "true", "[{}]"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

void TestSettings::refusesWhatIsNoObject()
{
    QFETCH(QString, text);
    const TemporaryFolder folder;
    const auto file = folder.write("settings.json", text.toStdString());
    VERIFY_ERROR(loadSettings(file, chosen()), ErrorCode::InvalidValue);
}

void TestSettings::refusesBrokenFiles_data()
{
    const std::string whole = writeJson(toJson(chosen()), 2);
    QTest::addColumn<QByteArray>("content");
    for (std::size_t length = 0; length < whole.size(); ++length)
        QTest::addRow("cut at %zu", length) << QByteArray::fromStdString(whole.substr(0, length));
    QTest::newRow("zeros") << QByteArray(100, '\0');
    QTest::newRow("text behind") << QByteArray::fromStdString(whole + "x");
    QTest::newRow("twice") << QByteArray::fromStdString(whole + whole);
    QTest::newRow("duplicate field") << QByteArrayLiteral("{\"use_cuda\": true, \"use_cuda\": false}");
    QTest::newRow("not UTF-8") << QByteArrayLiteral("{\"model_folders\": [\"/\xff\"]}");
    QTest::newRow("comment") << QByteArrayLiteral("{} // nothing");
    QTest::newRow("deep") << QByteArray(1000, '[');
}

void TestSettings::refusesBrokenFiles()
{
    QFETCH(QByteArray, content);
    const TemporaryFolder folder;
    const auto file = folder.write("settings.json", content.toStdString());
    const auto settings = loadSettings(file, chosen());
    VERIFY_ERROR(settings, ErrorCode::InvalidJson);
    QCOMPARE(settings.error().context.path, file.string());
}

void TestSettings::refusesWhatIsNoFile()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(loadSettings(folder.path(), chosen()), ErrorCode::NotRegularFile);
    std::filesystem::create_symlink("nowhere", folder / "link");
    VERIFY_ERROR(loadSettings(folder / "link", chosen()), ErrorCode::NotRegularFile);
    const auto file = folder.write("large.json", std::string(kMiB.value + 1, ' '));
    VERIFY_ERROR(loadSettings(file, chosen()), ErrorCode::InvalidValue);
}

void TestSettings::saysWhySavingFailed()
{
    const TemporaryFolder folder;
    const auto file = folder.write("file", "content");
    const auto saved = saveSettings(file / "settings.json", chosen());
    QVERIFY(!saved);
    QVERIFY(saved.error().detail.find(file.string()) != std::string::npos);
    QVERIFY(folder.entries() == std::set<std::string>{"file"});
}

void TestSettings::findsTheSettingsFile_data()
{
    QTest::addColumn<QByteArray>("config");
    QTest::addColumn<QByteArray>("home");
    QTest::addColumn<QString>("expected");
    QTest::newRow("configured") << QByteArrayLiteral("/conf") << QByteArrayLiteral("/home/x")
                                << QStringLiteral("/conf/weightroom/settings.json");
    QTest::newRow("home") << QByteArray() << QByteArrayLiteral("/home/x")
                          << QStringLiteral("/home/x/.config/weightroom/settings.json");
    // The specification of XDG: a relative path is to be ignored.
    QTest::newRow("relative") << QByteArrayLiteral("conf") << QByteArrayLiteral("/home/x")
                              << QStringLiteral("/home/x/.config/weightroom/settings.json");
}

void TestSettings::findsTheSettingsFile()
{
    QFETCH(QByteArray, config);
    QFETCH(QByteArray, home);
    QFETCH(QString, expected);
    const QByteArray configBefore = qgetenv("XDG_CONFIG_HOME");
    const QByteArray homeBefore = qgetenv("HOME");
    qputenv("XDG_CONFIG_HOME", config);
    qputenv("HOME", home);
    const auto found = defaultSettingsFile();
    qputenv("XDG_CONFIG_HOME", configBefore);
    qputenv("HOME", homeBefore);
    QCOMPARE(QString::fromStdString(found.string()), expected);
}

QTEST_APPLESS_MAIN(TestSettings)
#include "test_settings.moc"

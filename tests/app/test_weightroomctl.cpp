// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/ctl_rig.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace weightroom::test;

namespace {

constexpr std::size_t kMebibyte = 1024 * 1024;

/// A text as printf(1) takes it: every byte in octal.
QString octal(const std::string& text)
{
    QString escaped;
    for (const char c : text)
        escaped += QStringLiteral("\\0%1").arg(static_cast<unsigned char>(c), 3, 8, QChar(u'0'));
    return escaped;
}

} // namespace

/// The program as a process: what scripts rely on.
class TestWeightroomctl : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void callPrintsOneDocument();
    void keepsTheCatalogueBetweenRuns();
    void callReadsFieldsFromStandardInput();
    void failsWithATypedError_data();
    void failsWithATypedError();
    void failsWithALostDevice();
    void refusesWrongCommandLines_data();
    void refusesWrongCommandLines();
    void loadsAFile();
    void loadsAFileOfAnyName_data();
    void loadsAFileOfAnyName();
    void validatesAModel();
    void convertsAModel();
    void printsNamesEscaped();
    void makesASampleLibraryOnce();
    void runsSeveralCommandsInOneSession();
    void endsASessionWithTheFirstFailure();
    void rollsBackWhenInterrupted_data();
    void rollsBackWhenInterrupted();
    void explainsItself();

private:
    const CtlRig m_rig;
};

void TestWeightroomctl::callPrintsOneDocument()
{
    const CtlRun result = m_rig.run({QStringLiteral("call"), QStringLiteral("settings.post_settings_update"),
        QStringLiteral("{\"cache_budget_bytes\": 2000000000}")});
    QCOMPARE(result.status, 0);
    QCOMPARE(result.error, QByteArray());
    QCOMPARE(result.out.count('\n'), 1);
    QCOMPARE(result.answer()[QStringLiteral("cache_budget_bytes")].toInteger(), 2'000'000'000);
    QVERIFY(QFile::remove(m_rig.path("settings.json")));
}

void TestWeightroomctl::keepsTheCatalogueBetweenRuns()
{
    m_rig.folder.write("kept/a.safetensors", model("a", 1000));
    const QStringList scan{QStringLiteral("--folder"), m_rig.path("kept"), QStringLiteral("--data-folder"),
        m_rig.path("kept-data"), QStringLiteral("call"), QStringLiteral("model.get_available_models")};
    const QJsonObject first = m_rig.run(scan).answer();
    QCOMPARE(first[QStringLiteral("scan_statistics")][QStringLiteral("files_read")].toInt(), 1);
    QVERIFY(QFile::exists(m_rig.path("kept-data/catalog.sqlite3")));
    std::filesystem::rename(m_rig.folder / "kept/a.safetensors", m_rig.folder / "kept/b.safetensors");
    const QJsonObject second = m_rig.run(scan).answer();
    QCOMPARE(second[QStringLiteral("scan_statistics")][QStringLiteral("files_read")].toInt(), 0);
    QVERIFY(second[QStringLiteral("catalog_problem")].isNull());
    const auto idIn = [](const QJsonObject& answer) {
        return answer[QStringLiteral("models")][0][QStringLiteral("model_id")].toString();
    };
    QVERIFY(!idIn(first).isEmpty());
    QCOMPARE(idIn(second), idIn(first));
}

void TestWeightroomctl::callReadsFieldsFromStandardInput()
{
    const CtlRun result =
        m_rig.run({QStringLiteral("call"), QStringLiteral("model.get_available_models"), QStringLiteral("-")},
            "{\"include_subdirectories\": false}");
    QCOMPARE(result.status, 0);
    QCOMPARE(result.answer()[QStringLiteral("models")].toArray().size(), 1);
}

void TestWeightroomctl::failsWithATypedError_data()
{
    m_rig.folder.write("models/broken/broken.safetensors", "this is no model");
    m_rig.folder.write("models/unknown.json", "{\"cache_size\": 1}");
    m_rig.folder.write("models/large/large.safetensors", model("large", 8 * kMebibyte));
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("code");
    QTest::addColumn<int>("status");
    const auto row = [](const char* name, const char* line, const char* code, int status) {
        QTest::newRow(name) << QString::fromUtf8(line) << QString::fromUtf8(code) << status;
    };
    row("unknown operation", "call model.get_modell", "unknown_operation", 2);
    row("unknown field", "call model.get_model {\"modelId\":\"x\"}", "unknown_field", 2);
    row("missing field", "call model.get_model", "missing_field", 2);
    row("wrong type", "call model.get_model {\"model_id\":5}", "invalid_value", 2);
    row("no JSON", "call model.get_model {model_id:5}", "invalid_json", 2);
    row("unknown id", "call model.get_model {\"model_id\":\"../x\"}", "model_not_found", 2);
    row("unknown model", "load no-such-model", "model_not_found", 2);
    row("unknown device", "load %/first.safetensors --device GPU_9", "device_not_found", 2);
    row("unknown component", "load %/first.safetensors --component unet", "component_not_found", 2);
    row("not loaded", "unload %/first.safetensors", "not_loaded", 2);
    row("bad size", "--cache 5parsecs status", "invalid_value", 2);
    row("no such file", "load %/missing.safetensors", "not_found", 3);
    row("no file to validate", "validate %/missing.safetensors", "not_found", 3);
    row("unknown model to validate", "validate no-such-model", "model_not_found", 2);
    row("no file to convert", "convert %/missing.safetensors %/new.safetensors", "not_found", 3);
    row("broken file to convert", "convert %/broken/broken.safetensors %/new.safetensors", "unknown_format", 5);
    row("converted onto itself", "convert %/first.safetensors %/first.safetensors --replace", "invalid_value", 2);
    row("a file in the way", "convert %/first.safetensors %/large/large.safetensors", "already_exists", 3);
    row("no such folder", "scan %/missing", "not_found", 3);
    row("broken file", "load %/broken/broken.safetensors", "unknown_format", 5);
    row("small device", "--host-device 1MiB load %/large/large.safetensors", "out_of_device_memory", 4);
    row("small cache", "--cache 1MiB load %/large/large.safetensors", "out_of_cache_budget", 4);
    row("unknown setting", "--settings %/unknown.json status", "unknown_field", 2);
    row("broken settings", "--settings %/broken/broken.safetensors status", "invalid_json", 2);
}

void TestWeightroomctl::failsWithATypedError()
{
    QFETCH(QString, line);
    QFETCH(QString, code);
    QFETCH(int, status);
    const CtlRun result = m_rig.run(m_rig.words(line));
    QVERIFY2(result.code() == code, result.error);
    QCOMPARE(result.status, status);
    QCOMPARE(result.out, QByteArray());
    QVERIFY(!result.error.contains('\r') && !result.error.contains('\x1b')); // no progress bar in a pipe
}

void TestWeightroomctl::failsWithALostDevice()
{
    // The test double of the driver, whose first copy fails as on a GPU that has broken down.
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("LD_LIBRARY_PATH"), QStringLiteral(WEIGHTROOM_FAKE_CUDA_FOLDER));
    environment.insert(QStringLiteral("WEIGHTROOM_FAKE_CUDA_FAULT"), QStringLiteral("cuMemcpyHtoDAsync:1:700"));
    process.setProcessEnvironment(environment);
    m_rig.start(process, m_rig.words(QStringLiteral("load %/first.safetensors --device GPU_0")));
    const CtlRun result = m_rig.finish(process);
    QVERIFY2(result.code() == QStringLiteral("device_lost"), result.error);
    QCOMPARE(result.status, 6);
    QCOMPARE(result.out, QByteArray());
}

void TestWeightroomctl::refusesWrongCommandLines_data()
{
    QTest::addColumn<QString>("line");
    for (const char* line :
        {"", "lod x", "load", "load x --devise HOST_0", "--log-level loud status", "call", "make-sample x --size huge",
            "validate", "validate x --value", "convert x", "convert x y --precision fp4", "convert x y --to ckpt"})
        QTest::newRow(line) << QString::fromUtf8(line);
}

void TestWeightroomctl::refusesWrongCommandLines()
{
    QFETCH(QString, line);
    const CtlRun result = m_rig.run(m_rig.words(line));
    QCOMPARE(result.status, 2);
    QCOMPARE(result.out, QByteArray());
    QVERIFY(!result.error.isEmpty());
}

void TestWeightroomctl::loadsAFile()
{
    const CtlRun text = m_rig.run(m_rig.words(QStringLiteral("load %/first.safetensors --verify")));
    QCOMPARE(text.status, 0);
    QVERIFY2(text.error.isEmpty(), text.error);
    QVERIFY(text.out.contains("2097152 bytes"));
    QVERIFY(text.out.contains("iB/s"));
    QVERIFY(!text.out.contains('\r') && !text.out.contains('\x1b'));
    const CtlRun json = m_rig.run(m_rig.words(QStringLiteral("--json load %/first.safetensors")));
    QCOMPARE(json.status, 0);
    QCOMPARE(json.out.count('\n'), 1);
    QCOMPARE(json.answer()[QStringLiteral("total_vram_bytes")].toInteger(), 2'097'152);
    const CtlRun cached = m_rig.run(m_rig.words(QStringLiteral("--json load first --cache-only")));
    QCOMPARE(cached.status, 0);
    QVERIFY(!cached.answer().contains(QStringLiteral("device_id")));
}

void TestWeightroomctl::loadsAFileOfAnyName_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::newRow("spaces") << QByteArrayLiteral(" a  b .safetensors");
    QTest::newRow("a dash in front") << QByteArrayLiteral("-a.safetensors");
    QTest::newRow("quotes") << QByteArrayLiteral("\"a\" 'b'.safetensors");
    QTest::newRow("no ASCII") << QByteArrayLiteral("\xe5\x9b\xbe\xf0\x9f\x8e\xa8.safetensors");
    QTest::newRow("no UTF-8") << QByteArrayLiteral("a\xff\xfe.safetensors");
    QTest::newRow("a newline") << QByteArrayLiteral("a\nb.safetensors");
}

void TestWeightroomctl::loadsAFileOfAnyName()
{
    QFETCH(QByteArray, name);
    const auto file = m_rig.folder.write(std::filesystem::path{"names"} / name.toStdString(), model("any", 1000));
    // By way of a shell, which takes the bytes as they are.
    QProcess process;
    process.start(QStringLiteral("/bin/sh"),
        {QStringLiteral("-c"),
            QStringLiteral("f=$(printf '%b.' \"$3\"); exec \"$1\" --settings \"$2\" --no-cuda "
                           "--host-device 1MiB --cache 1MiB --json load \"${f%.}\""),
            QStringLiteral("sh"), QStringLiteral(WEIGHTROOMCTL), m_rig.path("settings.json"), octal(file.string())});
    const CtlRun result = m_rig.finish(process);
    QVERIFY2(result.status == 0, result.error);
    QCOMPARE(result.answer()[QStringLiteral("total_vram_bytes")].toInteger(), 1000);
}

void TestWeightroomctl::validatesAModel()
{
    const CtlRun text = m_rig.run(m_rig.words(QStringLiteral("validate %/first.safetensors --values --hashes")));
    QVERIFY2(text.status == 0, text.error);
    QVERIFY(text.out.contains("structure") && text.out.contains("not applicable"));
    QVERIFY(text.out.contains("\nvalid; 2.00 MiB read"));
    const CtlRun json = m_rig.run(m_rig.words(QStringLiteral("--json validate first")));
    QCOMPARE(json.status, 0);
    QVERIFY(json.answer()[QStringLiteral("is_valid")].toBool());
    const std::string nan = SafetensorsBuilder().entry("w", "F16", {1}, 0, 2).data("\xFF\x7F").build();
    m_rig.folder.write("nan/nan.safetensors", nan);
    const CtlRun broken =
        m_rig.run({QStringLiteral("validate"), m_rig.path("nan/nan.safetensors"), QStringLiteral("--values")});
    QCOMPARE(broken.status, 3);
    QVERIFY(broken.error.isEmpty());
    QVERIFY(broken.out.contains("\nNOT VALID"));
}

void TestWeightroomctl::convertsAModel()
{
    m_rig.folder.write("wide/wide.safetensors", SafetensorsBuilder().tensor("w", "F32", {1000}).build());
    const QStringList line{QStringLiteral("convert"), m_rig.path("wide/wide.safetensors"),
        m_rig.path("half.SafeTensors"), QStringLiteral("--precision"), QStringLiteral("fp16")};
    const CtlRun text = m_rig.run(line);
    QVERIFY2(text.status == 0, text.error);
    QVERIFY(text.out.contains("half.SafeTensors") && text.out.contains("1000 values"));
    QCOMPARE(m_rig.run(line).code(), QStringLiteral("already_exists"));
    const CtlRun json =
        m_rig.run(QStringList{QStringLiteral("--json")} + line + QStringList{QStringLiteral("--replace")});
    QCOMPARE(json.status, 0);
    QCOMPARE(json.answer()[QStringLiteral("converted_tensors")].toInteger(), 1);
    const CtlRun read =
        m_rig.run({QStringLiteral("--json"), QStringLiteral("validate"), m_rig.path("half.SafeTensors")});
    QVERIFY(read.answer()[QStringLiteral("is_valid")].toBool());
}

void TestWeightroomctl::printsNamesEscaped()
{
    const TemporaryFolder folder;
    folder.write("red\x1b[31m\n\xe2\x80\xaename.safetensors", model("red", 100));
    const CtlRun result = m_rig.run({QStringLiteral("scan"), QFile::decodeName(folder.path().c_str())});
    QCOMPARE(result.status, 0);
    QVERIFY(!result.out.contains('\x1b'));
    QVERIFY(!result.out.contains("\xe2\x80\xae"));
    QVERIFY(result.out.contains("\\x1b[31m"));
    QCOMPARE(result.out.count(QByteArrayLiteral("\n")), 3); // title, model, statistics: the name forges no line
}

void TestWeightroomctl::makesASampleLibraryOnce()
{
    const TemporaryFolder folder;
    const QStringList line{QStringLiteral("make-sample"), QFile::decodeName(folder.path().c_str()),
        QStringLiteral("--type"), QStringLiteral("lora")};
    const CtlRun first = m_rig.run(line);
    QVERIFY2(first.status == 0, first.error);
    QVERIFY(first.out.contains(".safetensors"));
    const CtlRun second = m_rig.run(line);
    QCOMPARE(second.status, 3);
    QCOMPARE(second.code(), QStringLiteral("already_exists"));
    QCOMPARE(second.out, QByteArray());
}

void TestWeightroomctl::runsSeveralCommandsInOneSession()
{
    const QByteArray file = m_rig.modelFile.c_str();
    const CtlRun result = m_rig.run({QStringLiteral("--json"), QStringLiteral("session")},
        "# a comment\n\nload " + file + "\nload '" + file + "'\nunload \"" + file + "\"\nstatus\nexit\nno such line\n");
    QVERIFY2(result.status == 0, result.error);
    const auto lines = result.out.trimmed().split('\n');
    QCOMPARE(lines.size(), 4);
    const auto at = [&](int i) { return QJsonDocument::fromJson(lines[i]).object(); };
    QCOMPARE(at(0)[QStringLiteral("total_vram_bytes")].toInteger(), 2'097'152);
    QCOMPARE(at(1)[QStringLiteral("total_vram_bytes")].toInteger(-1), 0); // it was there already
    QCOMPARE(at(2)[QStringLiteral("devices")][0][QStringLiteral("freed_bytes")].toInteger(), 2'097'152);
    QCOMPARE(at(3)[QStringLiteral("devices")][0][QStringLiteral("held_bytes")].toInteger(-1), 0);
}

void TestWeightroomctl::endsASessionWithTheFirstFailure()
{
    const CtlRun result = m_rig.run({QStringLiteral("session")},
        "load /no/such/file.safetensors\ncall model.nothing\nstatus"); // no newline at the end
    QCOMPARE(result.status, 3);
    QVERIFY(result.error.contains("not_found") && result.error.contains("unknown_operation"));
    QVERIFY(result.out.contains("HOST_0")); // it went on
}

void TestWeightroomctl::rollsBackWhenInterrupted_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("SIGINT") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
}

void TestWeightroomctl::rollsBackWhenInterrupted()
{
    QFETCH(int, signal);
    // Zeros without blocks on the disk: they take long enough to load, and no room.
    const std::string header =
        "{\"big.weight\":{\"dtype\":\"U8\",\"shape\":[838860800],\"data_offsets\":[0,838860800]}}";
    const auto file = m_rig.folder.write("big/big.safetensors", safetensorsFile(header));
    std::filesystem::resize_file(file, 8 + header.size() + 838'860'800);
    QProcess process;
    m_rig.start(process, {QStringLiteral("load"), QFile::decodeName(file.c_str()), QStringLiteral("--verify")});
    QVERIFY(process.waitForStarted());
    const auto holdsMemory = [&] {
        QFile maps{QStringLiteral("/proc/%1/maps").arg(process.processId())};
        return maps.open(QIODevice::ReadOnly) && maps.readAll().contains("memfd:");
    };
    QTRY_VERIFY_WITH_TIMEOUT(holdsMemory(), 30'000);
    QCOMPARE(::kill(static_cast<pid_t>(process.processId()), signal), 0);
    const CtlRun result = m_rig.finish(process);
    QCOMPARE(result.status, 130);
    QCOMPARE(result.code(), QStringLiteral("cancelled"));
    QCOMPARE(result.out, QByteArray());

    QProcess waiting; // for a line that nobody types
    m_rig.start(waiting, {QStringLiteral("session")});
    waiting.write("status\n");
    QTRY_VERIFY_WITH_TIMEOUT(waiting.bytesAvailable() > 0 || waiting.waitForReadyRead(10), 30'000);
    QCOMPARE(::kill(static_cast<pid_t>(waiting.processId()), signal), 0);
    QVERIFY(waiting.waitForFinished(60'000));
    QCOMPARE(waiting.exitCode(), 130);
}

void TestWeightroomctl::explainsItself()
{
    const CtlRun help = m_rig.run({QStringLiteral("--help")});
    QCOMPARE(help.status, 0);
    for (const char* word : {"call", "scan", "list", "load", "unload", "status", "monitor", "selftest", "make-sample",
             "session", "130", "141"})
        QVERIFY2(help.out.contains(word), word);
    const CtlRun version = m_rig.run({QStringLiteral("--version")});
    QCOMPARE(version.status, 0);
    QVERIFY(version.out.startsWith("weightroomctl "));
    const CtlRun operations = m_rig.run({QStringLiteral("--json"), QStringLiteral("operations")});
    QCOMPARE(operations.status, 0);
    QVERIFY(QJsonDocument::fromJson(operations.out).array().size() >= 10);
}

QTEST_GUILESS_MAIN(TestWeightroomctl)
#include "test_weightroomctl.moc"

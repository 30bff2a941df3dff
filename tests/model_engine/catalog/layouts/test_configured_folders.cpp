// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/configured_folders.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// "/x=lora /y": relative to the folder where it is below it.
std::string textOf(const std::vector<ConfiguredFolder>& folders, const TemporaryFolder& root)
{
    std::string text;
    for (const ConfiguredFolder& folder : folders) {
        const std::string relative = folder.path.lexically_relative(root.path()).string();
        text += (text.empty() ? "" : " ") + (relative.starts_with("..") ? folder.path.string() : relative);
        for (const ModelKind kind : folder.kinds.list())
            text += "=" + std::string{toText(kind)};
    }
    return text;
}

} // namespace

class TestConfiguredFolders final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsWebuiFlags_data();
    void readsWebuiFlags();
    void readsSwarmSettings_data();
    void readsSwarmSettings();
    void readsSdNextConfig();
    void reportsBrokenJson();
    void readsNothingWhereNothingIs();
    void refusesHugeFiles();
};

void TestConfiguredFolders::readsWebuiFlags_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("folders");
    QTest::addColumn<QString>("modelRoots");
    QTest::newRow("commented out") << "#export COMMANDLINE_ARGS=\"--lora-dir /x\""
                                   << ""
                                   << "";
    QTest::newRow("no export") << "COMMANDLINE_ARGS='--lora-dir /x'"
                               << "/x=lora"
                               << "";
    QTest::newRow("with =") << "export COMMANDLINE_ARGS=\"--lora-dir=/x --vae-dir=/y\""
                            << "/x=lora /y=vae"
                            << "";
    QTest::newRow("quoted inside") << "export COMMANDLINE_ARGS=\"--lora-dir '/a b'\""
                                   << "/a b=lora"
                                   << "";
    QTest::newRow("relative") << "export COMMANDLINE_ARGS=\"--embeddings-dir ./emb\""
                              << "emb=textual-inversion"
                              << "";
    QTest::newRow("added") << "COMMANDLINE_ARGS=\"--lora-dir /x\"\nCOMMANDLINE_ARGS=\"$COMMANDLINE_ARGS --vae-dir /y\""
                           << "/x=lora /y=vae"
                           << "";
    QTest::newRow("appended") << "COMMANDLINE_ARGS='--lora-dir /x'\nCOMMANDLINE_ARGS+=' --vae-dir /y'"
                              << "/x=lora /y=vae"
                              << "";
    QTest::newRow("replaced") << "COMMANDLINE_ARGS='--lora-dir /x'\nCOMMANDLINE_ARGS='--vae-dir /y'"
                              << "/y=vae"
                              << "";
    QTest::newRow("models") << "COMMANDLINE_ARGS='--models-dir /m'"
                            << ""
                            << "/m";
    QTest::newRow("data") << "COMMANDLINE_ARGS='--data-dir /d'"
                          << "/d/embeddings=textual-inversion"
                          << "/d/models";
    QTest::newRow("another program") << "COMMANDLINE_ARGS='--forge-ref-comfy-home /c'"
                                     << "/c"
                                     << "";
    QTest::newRow("no value") << "COMMANDLINE_ARGS='--lora-dir'"
                              << ""
                              << "";
    QTest::newRow("unknown flags") << "COMMANDLINE_ARGS='--medvram --port 1 /x --loras-dir /y'"
                                   << ""
                                   << "";
}

void TestConfiguredFolders::readsWebuiFlags()
{
    QFETCH(QString, script);
    const TemporaryFolder root;
    root.write("webui-user.sh", script.toStdString());
    const ConfiguredFolders read = readWebuiFlags(root.path());
    QTEST(QString::fromStdString(textOf(read.folders, root)), "folders");
    QTEST(QString::fromStdString(textOf(read.modelRoots, root)), "modelRoots");
    QVERIFY(read.problems.empty());
}

void TestConfiguredFolders::readsSwarmSettings_data()
{
    QTest::addColumn<QString>("settings");
    QTest::addColumn<QString>("folders");
    QTest::addColumn<QString>("modelRoots");
    QTest::newRow("empty") << ""
                           << ""
                           << "Models";
    QTest::newRow("root") << "#comment\nPaths:\n\t#comment\n\tModelRoot: /m;/n\n"
                          << ""
                          << "/m /n";
    QTest::newRow("folders of all roots")
        << "Paths:\n    ModelRoot: /m;n\n    SDLoraFolder: Lora;/l\n    SDModelFolder: checkpoints\n"
        << "/m/checkpoints=checkpoint=diffusion-model n/checkpoints=checkpoint=diffusion-model "
           "/m/Lora=lora n/Lora=lora /l=lora /l=lora"
        << "/m n";
    QTest::newRow("other sections")
        << "Network:\n    ModelRoot: /x\nPaths:\n    DataPath: y\nOther:\n    ModelRoot: /z\n"
        << ""
        << "Models";
    QTest::newRow("escaped") << "Paths:\n\tModelRoot: /a\\sb\\xc\\\r\n"
                             << ""
                             << "/a\\bc\\";
    QTest::newRow("broken") << "Paths\n:\n  :\n\tModelRoot\nPaths:\n"
                            << ""
                            << "Models";
}

void TestConfiguredFolders::readsSwarmSettings()
{
    QFETCH(QString, settings);
    const TemporaryFolder root;
    root.write("Data/Settings.fds", settings.toStdString());
    const ConfiguredFolders read = readSwarmSettings(root.path());
    QTEST(QString::fromStdString(textOf(read.folders, root)), "folders");
    QTEST(QString::fromStdString(textOf(read.modelRoots, root)), "modelRoots");
}

void TestConfiguredFolders::readsSdNextConfig()
{
    const TemporaryFolder root;
    root.write(
        "config.json", R"({"ckpt_dir": "/c", "lora_dir": "models/Lora", "vae_dir": 5, "te_dir": "", "x": "/y"})");
    QCOMPARE(textOf(readSdNextConfig(root.path()).folders, root),
        std::string{"/c=checkpoint=diffusion-model models/Lora=lora"});
}

void TestConfiguredFolders::reportsBrokenJson()
{
    const TemporaryFolder root;
    root.write("config.txt", R"({"path_loras": )");
    const ConfiguredFolders read = readFooocusConfig(root.path());
    QVERIFY(read.folders.empty());
    QCOMPARE(read.problems.size(), std::size_t{1});
    QCOMPARE(read.problems.front().error.code, ErrorCode::InvalidJson);
    root.write("config.txt", "[1]");
    QVERIFY(readFooocusConfig(root.path()).folders.empty());
}

void TestConfiguredFolders::readsNothingWhereNothingIs()
{
    const TemporaryFolder root;
    for (const auto& read : {readWebuiFlags(root.path()), readSwarmSettings(root.path()), readSdNextConfig(root.path()),
             readFooocusConfig(root.path())}) {
        QVERIFY(read.folders.empty() && read.modelRoots.empty());
        QVERIFY(read.problems.empty());
    }
}

void TestConfiguredFolders::refusesHugeFiles()
{
    const TemporaryFolder root;
    for (const char* name : {"webui-user.sh", "Data/Settings.fds", "config.json", "config.txt"})
        std::filesystem::resize_file(root.write(name, ""), (kMiB * 64).value);
    for (const auto& read : {readWebuiFlags(root.path()), readSwarmSettings(root.path()), readSdNextConfig(root.path()),
             readFooocusConfig(root.path())})
        QCOMPARE(read.problems.size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(TestConfiguredFolders)
#include "test_configured_folders.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/hub_repository.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

class TestHubRepository final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsNames_data();
    void readsNames();
    void findsTheMainSnapshot_data();
    void findsTheMainSnapshot();
    void takesTheNewestWithoutAReference();
    void isNoRepositoryWithoutSnapshots();
    void namesModels_data();
    void namesModels();
};

void TestHubRepository::readsNames_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("name");
    QTest::newRow("with an organisation") << "models--black-forest-labs--FLUX.1-dev"
                                          << "black-forest-labs/FLUX.1-dev";
    QTest::newRow("without one") << "models--gpt2"
                                 << "gpt2";
    QTest::newRow("a data set") << "datasets--org--name"
                                << "";
    QTest::newRow("nothing behind") << "models--"
                                    << "";
    QTest::newRow("another folder") << "models"
                                    << "";
}

void TestHubRepository::readsNames()
{
    QFETCH(QString, folder);
    QTEST(QString::fromStdString(hubRepositoryName(folder.toStdString()).value_or("")), "name");
}

void TestHubRepository::findsTheMainSnapshot_data()
{
    QTest::addColumn<QString>("reference");
    QTest::addColumn<QString>("revision");
    QTest::newRow("plain") << "bbb"
                           << "bbb";
    QTest::newRow("with a line end") << "aaa\n"
                                     << "aaa";
    QTest::newRow("not there") << "ddd"
                               << "ccc";
    QTest::newRow("leads out") << "../snapshots/aaa"
                               << "ccc";
    QTest::newRow("above") << ".."
                           << "ccc";
    QTest::newRow("empty") << ""
                           << "ccc";
    QTest::newRow("huge") << QString(4096, QLatin1Char('a')) << "ccc";
}

void TestHubRepository::findsTheMainSnapshot()
{
    QFETCH(QString, reference);
    const TemporaryFolder folder;
    for (const char* revision : {"aaa", "bbb", "ccc"})
        fs::create_directories(folder / "models--o--n/snapshots" / revision);
    const auto now = fs::file_time_type::clock::now();
    for (const char* revision : {"aaa", "bbb"})
        fs::last_write_time(folder / "models--o--n/snapshots" / revision, now - std::chrono::hours{1});
    folder.write("models--o--n/refs/main", reference.toStdString());
    const auto repository = readHubRepository(folder / "models--o--n");
    QVERIFY(repository.has_value());
    QTEST(QString::fromStdString(repository->mainRevision), "revision");
}

void TestHubRepository::takesTheNewestWithoutAReference()
{
    const TemporaryFolder folder;
    fs::create_directories(folder / "models--o--n/snapshots/old");
    fs::create_directories(folder / "models--o--n/snapshots/new");
    folder.write("models--o--n/snapshots/zzz", "a file");
    fs::last_write_time(
        folder / "models--o--n/snapshots/old", fs::file_time_type::clock::now() - std::chrono::hours{1});
    QCOMPARE(readHubRepository(folder / "models--o--n")->mainRevision, std::string{"new"});
    fs::remove_all(folder / "models--o--n/snapshots/new");
    fs::remove_all(folder / "models--o--n/snapshots/old");
    QCOMPARE(readHubRepository(folder / "models--o--n")->mainRevision, std::string{});
}

void TestHubRepository::isNoRepositoryWithoutSnapshots()
{
    const TemporaryFolder folder;
    fs::create_directories(folder / "models--o--n/blobs");
    QVERIFY(!readHubRepository(folder / "models--o--n"));
    fs::create_directories(folder / "other/snapshots");
    QVERIFY(!readHubRepository(folder / "other"));
}

void TestHubRepository::namesModels_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("name");
    QTest::newRow("a file") << "snapshots/main0/model.fp16.safetensors"
                            << "org/name/model.fp16";
    QTest::newRow("in a folder") << "snapshots/main0/unet/model.safetensors"
                                 << "org/name/unet/model";
    QTest::newRow("a pipeline") << "snapshots/main0"
                                << "org/name";
    QTest::newRow("another revision") << "snapshots/0123456789ab/x.gguf"
                                      << "org/name@01234567/x";
    QTest::newRow("a pipeline of another revision") << "snapshots/0123456789ab"
                                                    << "org/name@01234567";
}

void TestHubRepository::namesModels()
{
    QFETCH(QString, path);
    const HubRepository repository{"/hub/models--org--name", "org/name", "main0"};
    QTEST(QString::fromStdString(hubModelName(repository, repository.folder / path.toStdString())), "name");
    QVERIFY(revisionOf(repository, "/hub/models--org--name/blobs/x").empty());
    QVERIFY(revisionOf(repository, "/hub/models--org--name/snapshots").empty());
}

QTEST_APPLESS_MAIN(TestHubRepository)
#include "test_hub_repository.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/known_hashes.h"

#include "model_engine/catalog/metadata/hub_blob.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

constexpr FileIdentity kIdentity{7, 11, Bytes{100}, 1000, 2000};
const std::string kName(64, 'a');

ModelRecord recordOf(std::vector<ModelFile> files)
{
    ModelRecord record;
    record.id = {"m"};
    record.files = std::move(files);
    return record;
}

ModelHashes knownOf(const FileIdentity& identity)
{
    return {{.identity = identity, .computed = {{HashAlgorithm::Crc32, "cbf43926"}}, .hubSha256 = {}}};
}

} // namespace

class TestKnownHashes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void holdForOneStateOfTheFile_data();
    void holdForOneStateOfTheFile();
    void haveARowForEachFile();
    void areCompleteWithAllAlgorithms();
    void addUp();
    void readsTheNameOfABlob_data();
    void readsTheNameOfABlob();
    void followsOnlyWhatLeadsToABlob();
};

void TestKnownHashes::holdForOneStateOfTheFile_data()
{
    QTest::addColumn<FileIdentity>("now");
    QTest::addColumn<bool>("isKnown");
    const auto with = [](auto change) {
        FileIdentity identity = kIdentity;
        change(identity);
        return identity;
    };
    QTest::newRow("the same") << kIdentity << true;
    QTest::newRow("after a start of the machine") << with([](FileIdentity& file) { file.device = 8; }) << true;
    QTest::newRow("another file") << with([](FileIdentity& file) { file.inode = 12; }) << false;
    QTest::newRow("grown") << with([](FileIdentity& file) { file.size = Bytes{101}; }) << false;
    QTest::newRow("written") << with([](FileIdentity& file) { file.modifiedNs = 1001; }) << false;
    QTest::newRow("written, and its time set back") << with([](FileIdentity& file) { file.changedNs = 1; }) << false;
}

void TestKnownHashes::holdForOneStateOfTheFile()
{
    QFETCH(FileIdentity, now);
    QFETCH(bool, isKnown);
    const ModelHashes known = knownOf(withoutDevice(kIdentity));
    const ModelHashes hashes = hashesNow(recordOf({{.path = "/m", .identity = now}}), &known);
    QCOMPARE(hashes.size(), std::size_t{1});
    QCOMPARE(!hashes.front().isEmpty(), isKnown);
    QVERIFY(hashes.front().identity == withoutDevice(now));
}

void TestKnownHashes::haveARowForEachFile()
{
    FileIdentity renamed = kIdentity;
    renamed.changedNs = 9999;
    const ModelFile file{
        .path = "/renamed", .identity = renamed, .namePrefix = {}, .readChangedNs = kIdentity.changedNs};
    const ModelHashes known = knownOf(withoutDevice(kIdentity));
    const ModelHashes two = hashesNow(recordOf({file, {.path = "/second", .identity = kIdentity}}), &known);
    QCOMPARE(two.size(), std::size_t{2});
    QVERIFY(!two[0].isEmpty()); // a rename leaves the bytes as they are
    QVERIFY(two[1].isEmpty());
    QCOMPARE(hashesNow(recordOf({file}), nullptr).size(), std::size_t{1});
    QVERIFY(hashesNow(recordOf({}), &known).empty());
}

void TestKnownHashes::areCompleteWithAllAlgorithms()
{
    const auto all = hashAlgorithms();
    const HashRequest request{"/m", {all.begin(), all.end()}};
    const FileHashes small{kIdentity, {{HashAlgorithm::Sha256, "ab"}, {HashAlgorithm::AutoV2, "a"}}};
    const KnownFileHashes known = knownFrom(request, small);
    QVERIFY(known.isComplete()); // that it has no AutoV1 is known too
    QVERIFY(known.identity == withoutDevice(kIdentity));
    QVERIFY(known.computed.at(HashAlgorithm::AutoV1) == std::nullopt);
    QVERIFY(!knownFrom({"/m", {HashAlgorithm::Sha256}}, small).isComplete());
}

void TestKnownHashes::addUp()
{
    KnownFileHashes known{.identity = kIdentity, .computed = {{HashAlgorithm::Sha256, "old"}}, .hubSha256 = {}};
    addHashes(known, {.identity = kIdentity, .computed = {{HashAlgorithm::Sha256, "new"}}, .hubSha256 = kName});
    addHashes(known, {.identity = kIdentity, .computed = {{HashAlgorithm::Crc32, std::nullopt}}, .hubSha256 = {}});
    QVERIFY(known.computed.at(HashAlgorithm::Sha256) == "new");
    QVERIFY(known.computed.contains(HashAlgorithm::Crc32));
    QCOMPARE(known.hubSha256, kName);
}

void TestKnownHashes::readsTheNameOfABlob_data()
{
    QTest::addColumn<std::string>("blob");
    QTest::addColumn<bool>("isHash");
    QTest::newRow("of Git LFS") << kName << true;
    QTest::newRow("of git") << std::string(40, 'a') << false;
    QTest::newRow("too long") << kName + "a" << false;
    QTest::newRow("being downloaded") << kName + ".incomplete" << false;
    QTest::newRow("in capitals") << std::string(64, 'A') << false;
    QTest::newRow("no hash") << std::string(64, 'x') << false;
}

void TestKnownHashes::readsTheNameOfABlob()
{
    QFETCH(std::string, blob);
    QFETCH(bool, isHash);
    const TemporaryFolder folder;
    folder.write("models--org--name/blobs/" + blob, "weights");
    const auto snapshot = folder / "models--org--name/snapshots/0123";
    std::filesystem::create_directories(snapshot);
    std::filesystem::create_symlink("../../blobs/" + blob, snapshot / "x.safetensors");
    QCOMPARE(hubBlobSha256(snapshot / "x.safetensors"), isHash ? blob : std::string{});
    // Also through a link of the user's.
    std::filesystem::create_symlink(snapshot / "x.safetensors", folder / "mine.safetensors");
    QCOMPARE(hubBlobSha256(folder / "mine.safetensors"), isHash ? blob : std::string{});
}

void TestKnownHashes::followsOnlyWhatLeadsToABlob()
{
    const TemporaryFolder folder;
    QCOMPARE(hubBlobSha256(folder.write("models--org--name/" + kName, "x")), std::string{});
    QCOMPARE(hubBlobSha256(folder.write("other/blobs/" + kName, "x")), std::string{});
    QCOMPARE(hubBlobSha256(folder / "nowhere"), std::string{});
    std::filesystem::create_symlink("loop", folder / "loop");
    QCOMPARE(hubBlobSha256(folder / "loop"), std::string{});
}

QTEST_APPLESS_MAIN(TestKnownHashes)
#include "test_known_hashes.moc"

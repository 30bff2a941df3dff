// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/page_residency.h"
#include "model_engine/catalog/metadata/digest.h"
#include "model_engine/catalog/metadata/file_hashes.h"
#include "tests/support/file_time.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fcntl.h>
#include <fstream>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

const std::set<HashAlgorithm> kAll{hashAlgorithms().begin(), hashAlgorithms().end()};

std::string pattern(std::size_t size, std::size_t seed)
{
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>((i * 31 + (i >> 8U) * 17 + seed) & 0xFFU);
    return bytes;
}

/// "sha256=… autov1=…", in the order of the algorithms.
std::string described(const Result<FileHashes>& hashes)
{
    if (!hashes)
        return describe(hashes.error());
    std::string text;
    for (const auto& [algorithm, value] : hashes->values)
        text += std::string{toText(algorithm)} + "=" + value + " ";
    return text;
}

std::string wholeDigest(Result<std::unique_ptr<Digest>> digest, const std::string& content)
{
    if (!digest || !(*digest)->update(std::as_bytes(std::span{content})))
        return "failed";
    return (*digest)->finish().value_or("failed");
}

using Change = void (*)(const fs::path&);

constexpr std::size_t kTensorBytes = 1'500'000;
const std::string kTensorHeader = R"({"a":{"dtype":"U8","shape":[1500000],"data_offsets":[0,1500000]}})";

} // namespace

class TestFileHashes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesEveryAlgorithm();
    void knowsTheAnswers_data();
    void knowsTheAnswers();
    void hashesWhatWasAskedFor();
    void agreesAtEveryBlockEdge();
    void reportsProgress();
    void readsOnlyWhatItNeeds();
    void canBeCancelled();
    void noticesAChange_data();
    void noticesAChange();
    void leavesThePageCacheAsAsked();
    void leavesCachedPagesToTheirUsers();
    void givesTheSamePastThePageCache_data();
    void givesTheSamePastThePageCache();
    void reportsWhatCannotBeOpened();
};

void TestFileHashes::namesEveryAlgorithm()
{
    QCOMPARE(kAll.size(), std::size_t{6});
    for (const HashAlgorithm algorithm : kAll)
        QVERIFY(hashAlgorithmFromText(toText(algorithm)) == algorithm);
    for (const char* name : {"none", "", "SHA256", "md5", "blake3"})
        QVERIFY(!hashAlgorithmFromText(name));
}

void TestFileHashes::knowsTheAnswers_data()
{
    // Computed with Python's hashlib and zlib.
    QTest::addColumn<std::string>("content");
    QTest::addColumn<std::string>("expected");
    QTest::newRow("abc") << std::string{"abc"}
                         << std::string{"sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad "
                                        "autov2=ba7816bf8f crc32=352441c2 "};
    QTest::newRow("the check of CRC-32")
        << std::string{"123456789"}
        << std::string{"sha256=15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225 autov2=15e2b0d3c3 "
                       "crc32=cbf43926 "};
    QTest::newRow("empty") << std::string{}
                           << std::string{"sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
                                          "autov2=e3b0c44298 crc32=00000000 "};
    QTest::newRow("beyond 1 MiB") << pattern(2 * 1024 * 1024 + 5, 1)
                                  << std::string{
                                         "sha256=7827ac699622d3f6185d51eb2e84d8979743019972189d356f55cdee8d2885aa "
                                         "autov1=f39ade3a autov2=7827ac6996 crc32=b9e0e6e6 "};
    QTest::newRow("safetensors")
        << safetensorsFile(kTensorHeader, pattern(kTensorBytes, 7))
        << std::string{"sha256=dba65e71411a2d5062fa742d7125292df33e173d96c10eddeab31a55360ed78d "
                       "tensor_sha256=203cadab6b2125484723af1e4cfd061eb2019af261a069b9ff25634214b5c12f "
                       "autov1=e25c718a autov2=dba65e7141 autov3=203cadab6b21 crc32=96b9f75d "};
}

void TestFileHashes::knowsTheAnswers()
{
    QFETCH(std::string, content);
    QFETCH(std::string, expected);
    const TemporaryFolder folder;
    const fs::path file = folder.write("x.safetensors", content);
    const auto hashes = hashFile({file, kAll}, {}, {});
    QCOMPARE(described(hashes), expected);
    QVERIFY(hashes->identity == InputFile::open(file)->identity());
}

void TestFileHashes::hashesWhatWasAskedFor()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x.safetensors", safetensorsFile(kTensorHeader, pattern(kTensorBytes, 7)));
    QCOMPARE(described(hashFile({file, {HashAlgorithm::AutoV3}}, {}, {})), std::string{"autov3=203cadab6b21 "});
    QCOMPARE(described(hashFile({file, {HashAlgorithm::AutoV1, HashAlgorithm::Crc32}}, {}, {})),
        std::string{"autov1=e25c718a crc32=96b9f75d "});
    QCOMPARE(described(hashFile({file, {}}, {}, {})), std::string{});
    // 100 bytes of the 64 KiB are there.
    const fs::path ends = folder.write("ends", pattern(2 * 1024 * 1024 + 5, 1).substr(0, kMiB.value + 100));
    QCOMPARE(described(hashFile({ends, {HashAlgorithm::AutoV1}}, {}, {})), std::string{"autov1=8efd8c3a "});
    fs::resize_file(ends, kMiB.value);
    QCOMPARE(described(hashFile({ends, {HashAlgorithm::AutoV1}}, {}, {})), std::string{});
    // A header without data, and data behind a broken header: no tensors to hash.
    const std::set<HashAlgorithm> ofTensors{HashAlgorithm::TensorSha256, HashAlgorithm::AutoV3};
    QCOMPARE(described(hashFile({folder.write("none", safetensorsFile("{}")), ofTensors}, {}, {})), std::string{});
    QCOMPARE(described(hashFile({folder.write("broken", safetensorsFile(kTensorHeader, "short")), ofTensors}, {}, {})),
        std::string{});
}

void TestFileHashes::agreesAtEveryBlockEdge()
{
    const TemporaryFolder folder;
    for (const std::size_t size : {std::size_t{1}, kMiB.value - 1, kMiB.value, kMiB.value + 1, kMiB.value + 65'535,
             kMiB.value + 65'536, kMiB.value + 65'537, 3 * kMiB.value, 3 * kMiB.value + 1}) {
        const std::string content = pattern(size, size);
        const auto hashes = hashFile({folder.write("x", content), kAll}, {}, {});
        VERIFY_RESULT(hashes);
        QCOMPARE(hashes->values.at(HashAlgorithm::Sha256), wholeDigest(makeSha256(), content));
        QCOMPARE(hashes->values.at(HashAlgorithm::Crc32), wholeDigest(makeCrc32(), content));
        if (size > kMiB.value) {
            QCOMPARE(hashes->values.at(HashAlgorithm::AutoV1),
                wholeDigest(makeSha256(), content.substr(kMiB.value, 65'536)).substr(0, 8));
        }
    }
}

void TestFileHashes::reportsProgress()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x", pattern(3 * kMiB.value + 7, 0));
    std::vector<Bytes> reports;
    VERIFY_RESULT(hashFile({file, kAll}, {}, [&](Bytes done, Bytes total) {
        QCOMPARE(total, Bytes{3 * kMiB.value + 7});
        reports.push_back(done);
    }));
    QVERIFY(reports == (std::vector{kMiB, kMiB * 2, kMiB * 3, Bytes{3 * kMiB.value + 7}}));
}

void TestFileHashes::readsOnlyWhatItNeeds()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x", "");
    fs::resize_file(file, (kGiB * 64).value); // sparse
    Bytes read;
    VERIFY_RESULT(hashFile({file, {HashAlgorithm::AutoV1}}, {}, [&](Bytes done, Bytes total) {
        QCOMPARE(total, kKiB * 64);
        read = done;
    }));
    QCOMPARE(read, kKiB * 64);
}

void TestFileHashes::canBeCancelled()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x", "");
    fs::resize_file(file, (kGiB * 64).value);
    std::stop_source stop;
    int reports = 0;
    VERIFY_ERROR(hashFile({file, kAll}, stop.get_token(),
                     [&](Bytes, Bytes) {
                         ++reports;
                         stop.request_stop();
                     }),
        ErrorCode::Cancelled);
    QCOMPARE(reports, 1);
    VERIFY_ERROR(hashFile({file, kAll}, stop.get_token(), {}), ErrorCode::Cancelled);
}

void TestFileHashes::noticesAChange_data()
{
    QTest::addColumn<Change>("change");
    QTest::newRow("written") << Change{[](const fs::path& file) {
        passTimestampOf(file);
        std::fstream{file, std::ios::in | std::ios::out} << "x";
    }};
    QTest::newRow("grown") << Change{[](const fs::path& file) { fs::resize_file(file, 4 * kMiB.value); }};
    QTest::newRow("cut off") << Change{[](const fs::path& file) { fs::resize_file(file, kMiB.value + 1); }};
}

void TestFileHashes::noticesAChange()
{
    QFETCH(Change, change);
    const TemporaryFolder folder;
    const fs::path file = folder.write("x", pattern(3 * kMiB.value, 0));
    bool isChanged = false;
    VERIFY_ERROR(hashFile({file, kAll}, {},
                     [&](Bytes, Bytes) {
                         if (!std::exchange(isChanged, true))
                             change(file);
                     }),
        ErrorCode::FileChanged);
    QVERIFY(isChanged);
}

void TestFileHashes::leavesThePageCacheAsAsked()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x", pattern(2 * kMiB.value, 0));
    const auto isCached = [&] {
        const auto open = InputFile::open(file);
        return open && PageResidency{*open}.holds(0, kMiB);
    };
    dropFromPageCache(file);
    if (isCached())
        QSKIP("the temporary folder is in memory: nothing there ever leaves it");
    VERIFY_RESULT(hashFile({file, kAll, PageCacheUse::Spare}, {}, {}));
    QVERIFY(!isCached());
    VERIFY_RESULT(hashFile({file, kAll, PageCacheUse::SpareThroughIt}, {}, {}));
    QVERIFY(!isCached());
    VERIFY_RESULT(hashFile({file, kAll, PageCacheUse::Fill}, {}, {}));
    QVERIFY(isCached());
}

void TestFileHashes::leavesCachedPagesToTheirUsers()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x", pattern(2 * kMiB.value, 0));
    const int direct = ::open(file.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (direct < 0)
        QSKIP("the file system of the temporary folder has no O_DIRECT");
    ::close(direct);
    dropFromPageCache(file); // so that nothing is still to be written, which would stay
    VERIFY_RESULT(hashFile({file, kAll, PageCacheUse::Fill}, {}, {}));
    const auto open = InputFile::open(file);
    VERIFY_RESULT(open);
    QVERIFY(PageResidency(*open).holds(0, kMiB * 2));
    VERIFY_RESULT(hashFile({file, kAll, PageCacheUse::Spare}, {}, {}));
    QVERIFY(PageResidency(*open).holds(0, kMiB * 2)); // a loaded model's
    // Not past the page cache: what it reads there goes again, whoever has brought it.
    VERIFY_RESULT(hashFile({file, kAll, PageCacheUse::SpareThroughIt}, {}, {}));
    QVERIFY(!PageResidency(*open).holds(0, kMiB));
}

void TestFileHashes::givesTheSamePastThePageCache_data()
{
    QTest::addColumn<std::size_t>("size");
    const std::size_t block = kMiB.value;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{4096},
             std::size_t{4097}, block - 1, block, block + 1, block + 4096, 3 * block + 17})
        QTest::newRow(std::to_string(size).c_str()) << size;
}

void TestFileHashes::givesTheSamePastThePageCache()
{
    QFETCH(std::size_t, size);
    const TemporaryFolder folder;
    const fs::path file = folder.write("x", pattern(size, 3));
    for (const auto& algorithms : {kAll, std::set{HashAlgorithm::AutoV1}}) {
        const auto filled = hashFile({file, algorithms, PageCacheUse::Fill}, {}, {});
        VERIFY_RESULT(filled);
        for (const PageCacheUse use : {PageCacheUse::Spare, PageCacheUse::SpareThroughIt}) {
            const auto spared = hashFile({file, algorithms, use}, {}, {});
            VERIFY_RESULT(spared);
            QVERIFY(spared->values == filled->values);
        }
    }
}

void TestFileHashes::reportsWhatCannotBeOpened()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(hashFile({folder / "none", kAll}, {}, {}), ErrorCode::NotFound);
    VERIFY_ERROR(hashFile({folder.path(), kAll}, {}, {}), ErrorCode::NotRegularFile);
}

QTEST_APPLESS_MAIN(TestFileHashes)
#include "test_file_hashes.moc"

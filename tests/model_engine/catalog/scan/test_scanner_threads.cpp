// SPDX-License-Identifier: GPL-3.0-or-later
//
// How many threads a scan has may say nothing about its result.
#include "model_engine/catalog/store/record_codec.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <filesystem>
#include <memory>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr unsigned kThreads[]{2, 8, 1000};

/// Files on three levels, some of them reached through links as well.
void writeFiles(const TemporaryFolder& folder)
{
    for (int i = 0; i < 60; ++i)
        folder.write(std::to_string(i % 7) + "/" + std::to_string(i % 3) + "/" + std::to_string(i) + ".safetensors",
            i % 2 == 0 ? plainModel() : loraModel());
    for (const char* link : {"z-link", "a-link", "3/link", "5/1/link"})
        std::filesystem::create_directory_symlink(folder / "3", folder / link);
}

/// Pipelines in one another, complete shards and others, a broken file, a VAE that is paired with a checkpoint, and a
/// folder with the name of a model.
void writeCompounds(const TemporaryFolder& folder)
{
    const std::string index = R"({"_class_name": "P", "unet": ["d", "UNet"], "vae": ["d", "Autoencoder"]})";
    for (const char* pipeline : {"diffusers/one/", "diffusers/one/two/", "4/diffusers/"}) {
        folder.write(std::string{pipeline} + "model_index.json", index);
        for (const char* name : {"unet/m.safetensors", "unet/m.fp16.safetensors", "vae/m.safetensors", "z.safetensors"})
            folder.write(std::string{pipeline} + name, plainModel());
    }
    for (const char* name : {"4/s-00001-of-00002.safetensors", "4/s-00002-of-00002.safetensors",
             "diffusers/s-00002-of-00003.safetensors", "checkpoints/c.safetensors", "checkpoints/c.vae.safetensors",
             "folder.safetensors/inside.safetensors", "checkpoints-old/b.safetensors"})
        folder.write(name, plainModel());
    folder.write("2/broken.safetensors", "no model");
}

bool areSame(const std::vector<ModelRecordPtr>& some, const std::vector<ModelRecordPtr>& others)
{
    return std::ranges::equal(some, others,
        [](const ModelRecordPtr& a, const ModelRecordPtr& b) { return encodeRecord(*a) == encodeRecord(*b); });
}

} // namespace

class TestScannerThreads final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void theResultIsTheSame();
    void aRescanKeepsEachRecord();

private:
    static constexpr std::size_t kModels = 60 + 3 * 2 + 8;
    std::unique_ptr<TemporaryFolder> m_folder;
    ScanRequest m_request;
};

void TestScannerThreads::init()
{
    m_folder = std::make_unique<TemporaryFolder>();
    writeFiles(*m_folder);
    writeCompounds(*m_folder);
    m_request = requestFor(m_folder->path());
    m_request.threads = 1;
}

void TestScannerThreads::theResultIsTheSame()
{
    const auto alone = scanNow(m_request);
    VERIFY_RESULT(alone);
    QCOMPARE(alone->models.size(), kModels);
    for (const unsigned threads : kThreads) {
        m_request.threads = threads;
        const auto together = scanNow(m_request);
        VERIFY_RESULT(together);
        QCOMPARE(pathsBelow(m_folder->path(), *together), pathsBelow(m_folder->path(), *alone));
        QVERIFY(areSame(together->models, alone->models));
    }
}

void TestScannerThreads::aRescanKeepsEachRecord()
{
    const auto first = scanNow(m_request);
    VERIFY_RESULT(first);
    QCOMPARE(first->models.size(), kModels);
    m_request.known = first->models;
    for (const unsigned threads : kThreads) {
        m_request.threads = threads;
        const auto again = scanNow(m_request);
        VERIFY_RESULT(again);
        QVERIFY(areSame(again->models, first->models));
        for (std::size_t i = 0; i < kModels; ++i) {
            // What cannot be used may be looked at again.
            const bool isKept = again->models[i] == first->models[i];
            QVERIFY2(isKept || !first->models[i]->isUsable(), first->models[i]->path.c_str());
        }
    }
}

QTEST_APPLESS_MAIN(TestScannerThreads)
#include "test_scanner_threads.moc"

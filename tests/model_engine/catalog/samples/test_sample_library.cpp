// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/samples/sample_library.h"
#include "model_engine/core/files/file.h"
#include "model_engine/formats/format_reader.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <filesystem>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

Result<SampleReport> write(const fs::path& directory, const SampleOptions& options = {})
{
    return writeSampleLibrary(directory, options, {}, {});
}

SampleOptions only(ModelKind kind)
{
    SampleOptions options;
    options.kinds = {kind};
    return options;
}

/// All files and folders below `root`, joined by spaces.
std::string treeBelow(const fs::path& root)
{
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(root))
        names.insert(entry.path().lexically_relative(root).string());
    std::string all;
    for (const std::string& name : names)
        all += (all.empty() ? "" : " ") + name;
    return all;
}

std::string contentOf(const fs::path& path) { return readSmallFile(path, kMiB * 100).value_or(std::string{}); }

/// A file whose tensors' bytes can be asked for by name.
class OpenModel {
public:
    explicit OpenModel(const fs::path& path)
        : m_file(InputFile::open(path).value())
        , m_index(readTensorIndex(FileSource{m_file}).value())
        , m_lookup(m_index)
    {
    }
    [[nodiscard]] const TensorIndex& index() const { return m_index; }
    [[nodiscard]] std::vector<std::byte> bytesOf(const std::string& name) const
    {
        const TensorEntry* entry = m_lookup.find(name);
        std::vector<std::byte> bytes(entry == nullptr ? 0 : entry->range.size.value);
        const auto read = entry == nullptr ? Result<>{} : m_file.readAt(entry->range.begin, bytes);
        return read ? bytes : std::vector<std::byte>{};
    }

private:
    InputFile m_file;
    TensorIndex m_index;
    TensorLookup m_lookup;
};

} // namespace

class TestSampleLibrary final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void isIdentifiedAsWhatItClaims_data();
    void isIdentifiedAsWhatItClaims();
    void isSmall();
    void saysThatItIsASample();
    void vaeOfTheCheckpointIsTheVaeFile();
    void tensorsLieAligned();
    void writesTheSameBytesAgain();
    void writesOnlyTheKindsAskedFor();
    void refusesToOverwrite_data();
    void refusesToOverwrite();
    void cancelLeavesNothing();
    void cancelKeepsWhatWasThereBefore();
    void failureLeavesNothing();
    void reportsProgress();
    void knowsItsSizeBefore();

private:
    TemporaryFolder m_folder;
    SampleReport m_report;
    ScanResult m_scan;
};

void TestSampleLibrary::initTestCase()
{
    const auto report = write(m_folder / "library");
    VERIFY_RESULT(report);
    m_report = *report;
    const auto scanned = scanNow(requestFor(m_folder / "library"));
    VERIFY_RESULT(scanned);
    m_scan = *scanned;
}

void TestSampleLibrary::isIdentifiedAsWhatItClaims_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("identity");
    QTest::newRow("sd1") << "base-models/sample-sd15.safetensors"
                         << "checkpoint sd1 fp16 unet_sd1 vae_kl_f8 encoder_clip_l other_tensors";
    QTest::newRow("sdxl") << "base-models/sample-sdxl.safetensors"
                          << "checkpoint sdxl fp16 unet_sdxl vae_kl_f8 encoder_clip_l encoder_clip_g";
    QTest::newRow("flux") << "base-models/sample-flux-schnell.safetensors"
                          << "diffusion-model flux bf16 unet_flux";
    QTest::newRow("lora") << "loras/sample-sdxl-lora.safetensors"
                          << "lora sdxl fp16 lora_sdxl";
    QTest::newRow("controlnet") << "controlnet/sample-sd15-controlnet.safetensors"
                                << "controlnet sd1 fp16 controlnet_sd1";
    // Its structure does not tell the base, so the word of its header is taken, and said to be less than certain.
    QTest::newRow("vae") << "vaes/sample-sdxl-vae.safetensors"
                         << "vae sdxl fp16 vae_kl_f8";
    QTest::newRow("text encoder") << "text-encoders/sample-clip-l.safetensors"
                                  << "text-encoder clip-l fp16 encoder_clip_l";
}

void TestSampleLibrary::isIdentifiedAsWhatItClaims()
{
    QFETCH(QString, path);
    QFETCH(QString, identity);
    QCOMPARE(m_scan.models.size(), std::size_t{7});
    const fs::path file = m_folder / "library" / path.toStdString();
    const auto model =
        std::ranges::find(m_scan.models, file, [](const ModelRecordPtr& record) { return record->path; });
    QVERIFY(model != m_scan.models.end());
    QVERIFY((*model)->isUsable());
    const Identification& identified = (*model)->identified;
    std::string actual{toText(identified.kind)};
    for (const std::string_view text : {toText(identified.architecture), toText(identified.precision)})
        actual.append(" ").append(text);
    for (const ComponentRecord& component : identified.components)
        actual.append(" ").append(component.id.text);
    QCOMPARE(QString::fromStdString(actual), identity);
    QCOMPARE(identified.confidence, identified.kind == ModelKind::Vae ? 0.6 : 1.0);
}

void TestSampleLibrary::isSmall()
{
    QCOMPARE(m_report.files.size(), std::size_t{7});
    QCOMPARE(m_report.bytes, m_scan.statistics.bytes);
    QVERIFY2(m_report.bytes < Bytes{150'000'000}, toText(m_report.bytes).c_str());
}

void TestSampleLibrary::saysThatItIsASample()
{
    for (const fs::path& file : m_report.files) {
        const OpenModel model{file};
        QVERIFY(model.index().metadata.at("modelspec.title").starts_with("Weightroom sample: "));
        QCOMPARE(model.index().metadata.at("modelspec.description"),
            std::string("Weightroom sample, random weights, cannot make images"));
        QVERIFY(!model.index().metadata.at("modelspec.architecture").empty());
    }
}

void TestSampleLibrary::vaeOfTheCheckpointIsTheVaeFile()
{
    const OpenModel checkpoint{m_folder / "library/base-models/sample-sdxl.safetensors"};
    const OpenModel otherCheckpoint{m_folder / "library/base-models/sample-sd15.safetensors"};
    const OpenModel vae{m_folder / "library/vaes/sample-sdxl-vae.safetensors"};
    QCOMPARE(vae.index().tensors.size(), std::size_t{248});
    for (const TensorEntry& entry : vae.index().tensors) {
        const std::vector<std::byte> bytes = vae.bytesOf(entry.name);
        QVERIFY(!bytes.empty());
        QVERIFY2(bytes == checkpoint.bytesOf("first_stage_model." + entry.name), entry.name.c_str());
        QVERIFY2(bytes != otherCheckpoint.bytesOf("first_stage_model." + entry.name), entry.name.c_str());
    }
}

void TestSampleLibrary::tensorsLieAligned()
{
    for (const fs::path& file : m_report.files) {
        const OpenModel model{file};
        for (const TensorEntry& entry : model.index().tensors)
            QCOMPARE(entry.range.begin * 8 % traitsOf(entry.dtype).bitsPerBlock, std::uint64_t{0});
    }
}

void TestSampleLibrary::writesTheSameBytesAgain()
{
    const auto again = write(m_folder / "again", only(ModelKind::Vae));
    VERIFY_RESULT(again);
    const std::string first = contentOf(m_folder / "library/vaes/sample-sdxl-vae.safetensors");
    QVERIFY(!first.empty());
    QVERIFY(contentOf(again->files.at(0)) == first);
}

void TestSampleLibrary::writesOnlyTheKindsAskedFor()
{
    const TemporaryFolder folder;
    const auto report = write(folder.path(), only(ModelKind::TextEncoder));
    VERIFY_RESULT(report);
    QCOMPARE(treeBelow(folder.path()), std::string("text-encoders text-encoders/sample-clip-l.safetensors"));
    QCOMPARE(report->bytes, Bytes{fs::file_size(report->files.at(0))});
}

void TestSampleLibrary::refusesToOverwrite_data()
{
    QTest::addColumn<bool>("isLink");
    QTest::newRow("a file") << false;
    QTest::newRow("a dangling link") << true;
}

void TestSampleLibrary::refusesToOverwrite()
{
    QFETCH(bool, isLink);
    const TemporaryFolder folder;
    const fs::path last = folder / "text-encoders/sample-clip-l.safetensors";
    fs::create_directory(last.parent_path());
    if (isLink)
        fs::create_symlink("nowhere", last);
    else
        folder.write("text-encoders/sample-clip-l.safetensors", "mine");
    const auto refused = write(folder.path());
    VERIFY_ERROR(refused, ErrorCode::AlreadyExists);
    QCOMPARE(refused.error().context.path, last.string());
    QCOMPARE(treeBelow(folder.path()), std::string("text-encoders text-encoders/sample-clip-l.safetensors"));
    QVERIFY(isLink || contentOf(last) == "mine");
}

void TestSampleLibrary::cancelLeavesNothing()
{
    const ResourceUse before = currentResources();
    const TemporaryFolder folder;
    std::stop_source stop;
    const auto cancelled =
        writeSampleLibrary(folder / "new/library", {}, stop.get_token(), [&](SampleProgress progress) {
            if (progress.done.value > progress.total.value / 3)
                stop.request_stop();
        });
    VERIFY_ERROR(cancelled, ErrorCode::Cancelled);
    QCOMPARE(treeBelow(folder.path()), std::string());
    VERIFY_NOTHING_LEFT(before);
}

void TestSampleLibrary::cancelKeepsWhatWasThereBefore()
{
    const TemporaryFolder folder;
    folder.write("loras/mine.safetensors", "mine");
    std::stop_source stop;
    stop.request_stop();
    VERIFY_ERROR(writeSampleLibrary(folder.path(), {}, stop.get_token(), {}), ErrorCode::Cancelled);
    QCOMPARE(treeBelow(folder.path()), std::string("loras loras/mine.safetensors"));
}

void TestSampleLibrary::failureLeavesNothing()
{
    // The folder of the last file cannot be made: a file has its name.
    const TemporaryFolder folder;
    folder.write("text-encoders", "a file");
    SampleOptions options;
    options.kinds = {ModelKind::Vae, ModelKind::TextEncoder};
    const auto failed = write(folder.path(), options);
    QVERIFY(!failed);
    QVERIFY(failed.error().context.path.find("text-encoders") != std::string::npos);
    QCOMPARE(treeBelow(folder.path()), std::string("text-encoders"));
}

void TestSampleLibrary::reportsProgress()
{
    const TemporaryFolder folder;
    std::vector<SampleProgress> seen;
    VERIFY_RESULT(writeSampleLibrary(
        folder.path(), only(ModelKind::Vae), {}, [&](SampleProgress progress) { seen.push_back(progress); }));
    QVERIFY(!seen.empty());
    QVERIFY(std::ranges::is_sorted(seen, {}, &SampleProgress::done));
    QCOMPARE(seen.back().done, seen.back().total);
    QCOMPARE(seen.back().total, sampleLibrarySize(only(ModelKind::Vae)));
}

void TestSampleLibrary::knowsItsSizeBefore()
{
    const Bytes small = sampleLibrarySize({});
    QVERIFY(small < m_report.bytes); // without the headers
    QVERIFY(m_report.bytes - small < Bytes{5'000'000});
    SampleOptions full;
    full.size = ModelSize::Full;
    const double gigabytes = static_cast<double>(sampleLibrarySize(full).value) / 1e9;
    QVERIFY2(gigabytes > 33 && gigabytes < 37, std::to_string(gigabytes).c_str());
}

QTEST_APPLESS_MAIN(TestSampleLibrary)
#include "test_sample_library.moc"

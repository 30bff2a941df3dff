// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/conversion/conversion_fixture.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/resource_check.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBlocks = 4; // three of 4 MiB and a rest

std::string largeModel() { return SafetensorsBuilder().tensor("w", "F32", {3 * 1024 * 1024 + 1}).build(); }

/// The source and nothing else.
const std::set<std::string> kSourceOnly{"x.safetensors"};

} // namespace

/// Nothing stays behind: no target, no temporary file, no descriptor. The source is as it was.
class TestConversionFaults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void refusesWrongTargets_data();
    void refusesWrongTargets();
    void neverReplacesItsSource_data();
    void neverReplacesItsSource();
    void refusesBrokenModels_data();
    void refusesBrokenModels();
    void tellsWhatMayNotBeReadOrWritten();
    void leavesNothingWhenCancelled();
    void leavesNothingWhenTheSourceChanges();
    void leavesNothingWhenTheSourceIsCut();
    void leavesNothingOnAFullDisk();
    void leavesNothingWhenTheDiskFillsUp();
    void keepsATargetThatAppearsMeanwhile();
    void readsHostileFiles_data();
    void readsHostileFiles();
};

void TestConversionFaults::refusesWrongTargets_data()
{
    QTest::addColumn<QString>("target");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("another ending") << "y.ckpt" << ErrorCode::InvalidValue;
    QTest::newRow("no ending") << "y" << ErrorCode::InvalidValue;
    QTest::newRow("a folder that is not there") << "none/y.safetensors" << ErrorCode::NotFound;
    QTest::newRow("a file above") << "there.safetensors/y.safetensors" << ErrorCode::NotFound;
    QTest::newRow("a file that is there") << "there.safetensors" << ErrorCode::AlreadyExists;
    QTest::newRow("a folder") << "folder.safetensors" << ErrorCode::AlreadyExists;
    QTest::newRow("a link that leads nowhere") << "link.safetensors" << ErrorCode::AlreadyExists;
}

void TestConversionFaults::refusesWrongTargets()
{
    QFETCH(QString, target);
    QFETCH(ErrorCode, code);
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", smallSafetensorsFile());
    folder.write("there.safetensors", "there");
    fs::create_directory(folder / "folder.safetensors");
    fs::create_symlink("nowhere", folder / "link.safetensors");
    const auto before = folder.entries();
    VERIFY_ERROR(convert(source, {.target = folder / target.toStdString()}), code);
    const bool isReplaceable = code == ErrorCode::AlreadyExists && target != QStringLiteral("folder.safetensors");
    const auto replaced = convert(source, {.target = folder / target.toStdString(), .ifExists = IfExists::Replace});
    if (isReplaceable)
        VERIFY_RESULT(replaced);
    else
        VERIFY_ERROR(replaced, code);
    QCOMPARE(folder.entries(), before);
}

void TestConversionFaults::neverReplacesItsSource_data()
{
    QTest::addColumn<QString>("target");
    for (const char* target : {"x.safetensors", "link.safetensors", "hard.safetensors", "sub/../x.safetensors"})
        QTest::newRow(target) << QString::fromUtf8(target);
}

void TestConversionFaults::neverReplacesItsSource()
{
    QFETCH(QString, target);
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", smallSafetensorsFile());
    fs::create_symlink(source, folder / "link.safetensors");
    fs::create_hard_link(source, folder / "hard.safetensors");
    fs::create_directory(folder / "sub");
    const auto refused = convert(source, {.target = folder / target.toStdString(), .ifExists = IfExists::Replace});
    VERIFY_ERROR(refused, ErrorCode::InvalidValue);
    QCOMPARE(refused.error().context.field, std::string{"output_path"});
    QCOMPARE(readSmallFile(source, kMiB).value(), smallSafetensorsFile());
}

void TestConversionFaults::refusesBrokenModels_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("truncated") << smallSafetensorsFile().substr(0, 300) << ErrorCode::FileTruncated;
    QTest::newRow("no model") << std::string(100, 'x') << ErrorCode::UnknownFormat;
    QTest::newRow("pickle that calls") << torchZip(Pickle().global("os", "system").text("x").tuple1().reduce().stop(),
        {}) << ErrorCode::UnsafePickle;
}

void TestConversionFaults::refusesBrokenModels()
{
    QFETCH(std::string, content);
    QFETCH(ErrorCode, code);
    const TemporaryFolder folder;
    VERIFY_ERROR(convert(folder.write("x.safetensors", content), {.target = folder / "y.safetensors"}), code);
    VERIFY_ERROR(convert(folder / "none.safetensors", {.target = folder / "y.safetensors"}), ErrorCode::NotFound);
    QCOMPARE(folder.entries(), kSourceOnly);
}

void TestConversionFaults::tellsWhatMayNotBeReadOrWritten()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", smallSafetensorsFile());
    fs::create_directory(folder / "closed");
    fs::permissions(folder.path(), fs::perms::all);
    fs::permissions(folder / "closed", fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_exec);
    const auto attempt = [](const fs::path& from, const fs::path& to, ConversionTarget format) {
        const UnprivilegedFiles files;
        return convert(from, {.target = to, .format = format});
    };
    VERIFY_ERROR(
        attempt(source, folder / "closed/y.safetensors", ConversionTarget::Safetensors), ErrorCode::PermissionDenied);
    fs::permissions(source, fs::perms::none);
    VERIFY_ERROR(attempt(source, folder / "y.safetensors", ConversionTarget::Safetensors), ErrorCode::PermissionDenied);
    VERIFY_ERROR(
        attempt(folder.path(), folder / "y.safetensors", ConversionTarget::Safetensors), ErrorCode::NotRegularFile);
    QCOMPARE(folder.entries(), (std::set<std::string>{"closed", "x.safetensors"}));
    QVERIFY(fs::is_empty(folder / "closed"));
}

void TestConversionFaults::leavesNothingWhenCancelled()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", largeModel());
    const ResourceUse before = currentResources();
    for (std::size_t cancelAt = 0; cancelAt <= kBlocks; ++cancelAt) {
        std::stop_source stop;
        std::size_t blocks = 0;
        if (cancelAt == 0)
            stop.request_stop();
        const auto cancelled = convert(
            source, {.target = folder / "y.safetensors"},
            [&](Bytes, Bytes) {
                if (++blocks == cancelAt)
                    stop.request_stop();
            },
            stop.get_token());
        VERIFY_ERROR(cancelled, ErrorCode::Cancelled);
        QCOMPARE(blocks, cancelAt);
        QCOMPARE(folder.entries(), kSourceOnly);
    }
    VERIFY_NOTHING_LEFT(before);
}

void TestConversionFaults::leavesNothingWhenTheSourceChanges()
{
    const TemporaryFolder folder;
    const ResourceUse before = currentResources();
    for (std::size_t changeAt = 1; changeAt <= kBlocks; ++changeAt) {
        const fs::path source = folder.write("x.safetensors", largeModel());
        std::size_t blocks = 0;
        const auto changed = convert(source, {.target = folder / "y.safetensors"}, [&](Bytes, Bytes) {
            if (++blocks == changeAt)
                std::ofstream{source, std::ios::app} << "x";
        });
        VERIFY_ERROR(changed, ErrorCode::FileChanged);
        QCOMPARE(blocks, changeAt);
        QCOMPARE(folder.entries(), kSourceOnly);
    }
    VERIFY_NOTHING_LEFT(before);
}

void TestConversionFaults::leavesNothingWhenTheSourceIsCut()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", largeModel());
    const auto cut =
        convert(source, {.target = folder / "y.safetensors"}, [&](Bytes, Bytes) { fs::resize_file(source, 1000); });
    VERIFY_ERROR(cut, ErrorCode::FileChanged);
    QCOMPARE(folder.entries(), kSourceOnly);
}

/// The room is taken before the first block is read.
void TestConversionFaults::leavesNothingOnAFullDisk()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", largeModel());
    const ResourceUse before = currentResources();
    std::size_t blocks = 0;
    const auto full = [&] {
        const FileSizeLimit limit{kMiB.value};
        return convert(source, {.target = folder / "y.safetensors"}, [&](Bytes, Bytes) { ++blocks; });
    }();
    VERIFY_ERROR(full, ErrorCode::DiskFull);
    QCOMPARE(folder.entries(), kSourceOnly);
    VERIFY_NOTHING_LEFT(before);
    if (blocks > 0)
        QSKIP("this file system cannot take room ahead");
    QVERIFY(full.error().context.required.value() > kMiB * 12);
    QVERIFY(full.error().context.available.has_value());
}

void TestConversionFaults::leavesNothingWhenTheDiskFillsUp()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", largeModel());
    for (std::size_t fullAt = 1; fullAt <= kBlocks; ++fullAt) {
        std::optional<FileSizeLimit> limit;
        std::size_t blocks = 0;
        const auto full = convert(source, {.target = folder / "y.safetensors"}, [&](Bytes, Bytes) {
            if (++blocks == fullAt)
                limit.emplace(8);
        });
        limit.reset();
        VERIFY_ERROR(full, ErrorCode::DiskFull);
        QCOMPARE(folder.entries(), kSourceOnly);
    }
}

void TestConversionFaults::keepsATargetThatAppearsMeanwhile()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", largeModel());
    const auto refused = convert(source, {.target = folder / "y.safetensors"},
        [&](Bytes, Bytes) { folder.write("y.safetensors", "of another program"); });
    VERIFY_ERROR(refused, ErrorCode::AlreadyExists);
    QCOMPARE(readSmallFile(folder / "y.safetensors", kMiB).value(), std::string{"of another program"});
    QCOMPARE(folder.entries(), (std::set<std::string>{"x.safetensors", "y.safetensors"}));
}

void TestConversionFaults::readsHostileFiles_data()
{
    QTest::addColumn<std::string>("content");
    QTest::newRow("no tensors") << SafetensorsBuilder().build();
    QTest::newRow("empty tensors") << SafetensorsBuilder()
                                          .tensor("a", "F32", {0})
                                          .tensor("b", "F32", {3, 0})
                                          .entry("c", "F32", {0, 1ULL << 62U}, 0, 0)
                                          .build();
    QTest::newRow("names") << SafetensorsBuilder()
                                  .tensor("", "F32", {1})
                                  .tensor("../../x", "F32", {1})
                                  .tensor("a\n\"\\\x01", "F32", {1})
                                  .tensor(std::string(5000, 'n'), "F32", {1})
                                  .build();
    QTest::newRow("expanded") << torchZip(
        pickleOf({.elements = 1, .size = {1000, 1000}, .stride = {0, 0}}), {{"0", std::string(4, 'x')}});
    QTest::newRow("empty blocks") << GgufBuilder().tensor("w", ggml::kQ4K, {256, 0}).build();
}

/// What the reader accepts can be converted.
void TestConversionFaults::readsHostileFiles()
{
    QFETCH(std::string, content);
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", content);
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors", .precision = Dtype::F16}));
    const ReadTensors before = tensorsOf(source);
    const ReadTensors after = tensorsOf(folder / "y.safetensors");
    QCOMPARE(after.size(), before.size());
    for (const auto& [name, tensor] : before)
        QVERIFY(after.at(name).shape == tensor.shape);
}

QTEST_APPLESS_MAIN(TestConversionFaults)
#include "test_conversion_faults.moc"

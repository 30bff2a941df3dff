// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/little_endian.h"
#include "tests/model_engine/catalog/conversion/interrupted_conversion.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/file_time.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/resource_check.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

const std::set<std::string> kBoth{"x.safetensors", "y.safetensors"};

/// Eight megabytes of fp32, so that a tensor has several blocks, and what stays as it is. The pattern has numbers of
/// all sizes.
std::string severalTensors()
{
    return SafetensorsBuilder()
        .tensor("a", "F32", {2 * 1024 * 1024 + 100})
        .tensor("b", "I64", {1000})
        .tensor("c", "BF16", {300, 7})
        .tensor("e", "F32", {0})
        .tensor("z", "U8", {100'000})
        .build();
}

std::string blocksOfGguf()
{
    return GgufBuilder()
        .tensor("a", ggml::kQ4K, {256, 8500})
        .tensor("b", ggml::kQ8_0, {32, 1000})
        .tensor("c", ggml::kF32, {1000})
        .build();
}

/// A transposed matrix, larger than a block.
std::string transposedTorch()
{
    return torchZip(pickleOf({.elements = 1'100'000, .size = {1100, 1000}, .stride = {1, 1100}}),
        {{"0", tensorPattern("0", 1'100'000 * 4)}});
}

std::string fewTensors()
{
    SafetensorsBuilder builder;
    for (const char* name : {"a", "b", "c", "d", "e"})
        builder.tensor(name, "F32", {100});
    return builder.build();
}

ConversionRequest requestFor(const TemporaryFolder& folder, std::optional<Dtype> precision = Dtype::F16)
{
    return {.target = folder / "y.safetensors", .precision = precision};
}

void overwrite(const fs::path& file, std::uint64_t offset, std::string_view bytes)
{
    std::fstream stream{file, std::ios::in | std::ios::out | std::ios::binary};
    stream.seekp(static_cast<std::streamoff>(offset)).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A journal of the conversion of fewTensors(), interrupted before its last tensor.
struct Interrupted {
    Interrupted()
        : source(folder.write("x.safetensors", fewTensors()))
    {
        VERIFY_OR_THROW(abandon(source, request(), 5).has_value());
        journal = readSmallFile(partialFolderOf(request().target) / "journal", kMiB).value();
    }
    [[nodiscard]] ConversionRequest request() const { return requestFor(folder); }
    [[nodiscard]] fs::path partial(const char* name) const { return partialFolderOf(request().target) / name; }

    static void VERIFY_OR_THROW(bool holds)
    {
        if (!holds)
            throw std::runtime_error("the conversion was not interrupted");
    }

    TemporaryFolder folder;
    fs::path source;
    std::string journal;
};

/// What a conversion of fewTensors() writes when nothing interrupts it.
std::string expectedOfFew()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", fewTensors());
    return finish(source, requestFor(folder)) ? readSmallFile(folder / "y.safetensors", kMiB).value() : std::string{};
}

} // namespace

/// A conversion that was interrupted goes on, and ends as if nothing had happened; what cannot be believed is not.
class TestConversionResume : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goesOnAfterEveryBlock_data();
    void goesOnAfterEveryBlock();
    void isInterruptedAgainAndAgain();
    void losesOneIntervalAtMost();
    void goesOnAfterAKill();
    void goesOnAfterAFullDisk();
    void goesOnAfterAShutdown();
    void losesAllWithACancel();
    void believesNoWrongJournal_data();
    void believesNoWrongJournal();
    void believesNoWrongContent_data();
    void believesNoWrongContent();
    void beginsAnewForAnotherSource();
    void beginsAnewForAnotherRequest();
    void beginsAnewWhenAsked();
    void isAloneAtATarget();
};

void TestConversionResume::goesOnAfterEveryBlock_data()
{
    QTest::addColumn<std::string>("model");
    QTest::addColumn<bool>("isKept");
    QTest::newRow("fp16") << severalTensors() << false;
    QTest::newRow("kept") << severalTensors() << true;
    QTest::newRow("gguf") << blocksOfGguf() << false;
    QTest::newRow("gguf to what can be stored") << blocksOfGguf() << true;
    QTest::newRow("strided") << transposedTorch() << true;
}

void TestConversionResume::goesOnAfterEveryBlock()
{
    QFETCH(std::string, model);
    QFETCH(bool, isKept);
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", model);
    const ConversionRequest request = requestFor(folder, isKept ? std::nullopt : std::optional{Dtype::F16});
    const auto whole = finish(source, request);
    VERIFY_RESULT(whole);
    QCOMPARE(whole->resumed, Bytes{});
    const auto expected = filesAt(request.target);
    const std::uint64_t header = 8 + littleEndianAt<std::uint64_t>(expected.at("."), 0);
    fs::remove(request.target);

    const ResourceUse before = currentResources();
    std::size_t interrupted = 0;
    for (std::size_t block = 1;; ++block) {
        const auto durable = abandon(source, request, block);
        if (!durable)
            break;
        QVERIFY(!fs::exists(request.target));
        const fs::path content = partialFolderOf(request.target) / "content";
        QVERIFY(fs::exists(content));
        // What a crash leaves behind the last durable byte may be anything.
        const std::uint64_t end = header + durable->value;
        overwrite(content, end, std::string(fs::file_size(content) - end, '?'));
        const auto rest = finish(source, request);
        VERIFY_RESULT(rest);
        QCOMPARE(rest->resumed, *durable);
        QCOMPARE(difference(*rest, *whole), std::string{});
        QVERIFY(filesAt(request.target) == expected);
        QCOMPARE(folder.entries(), kBoth);
        fs::remove(request.target);
        ++interrupted;
    }
    QVERIFY(interrupted >= 2);
    fs::remove(request.target);
    VERIFY_NOTHING_LEFT(before);
}

/// Each time one block further.
void TestConversionResume::isInterruptedAgainAndAgain()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", severalTensors());
    const ConversionRequest request = requestFor(folder);
    const auto whole = finish(source, request);
    VERIFY_RESULT(whole);
    const auto expected = filesAt(request.target);
    fs::remove(request.target);
    Bytes durable;
    std::size_t times = 0;
    while (const auto now = abandon(source, request, 2)) {
        QVERIFY(*now > durable);
        durable = *now;
        ++times;
    }
    QVERIFY(times >= 4);
    QVERIFY(filesAt(request.target) == expected); // the last attempt came to the end
    QCOMPARE(folder.entries(), kBoth);
}

void TestConversionResume::losesOneIntervalAtMost()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", severalTensors());
    const ConversionRequest request = requestFor(folder, std::nullopt);
    const Bytes interval = kMiB * 4;
    // The numbers of eight bytes come first, then blocks of four megabytes: the second of them is read and not written.
    QVERIFY(abandon(source, request, 3, interval));
    const auto rest = finish(source, request, interval);
    VERIFY_RESULT(rest);
    QCOMPARE(rest->resumed, kMiB * 4 + Bytes{8000});
    // What came less far has nothing that could be gone on with, and leaves nothing.
    fs::remove(request.target);
    QVERIFY(abandon(source, request, 2, interval));
    QCOMPARE(folder.entries(), std::set<std::string>{"x.safetensors"});
}

/// A process of its own that is killed in the middle: nothing of it can tidy up.
void TestConversionResume::goesOnAfterAKill()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", severalTensors());
    const ConversionRequest request = requestFor(folder);
    const auto whole = finish(source, request);
    VERIFY_RESULT(whole);
    const auto expected = filesAt(request.target);
    fs::remove(request.target);

    std::array<int, 2> pipe{};
    QVERIFY(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    const UniqueFd fromChild{pipe[0]};
    UniqueFd toParent{pipe[1]};
    const pid_t child = ::fork();
    if (child == 0) {
        std::size_t blocks = 0;
        const auto progress = [&](Bytes, Bytes) {
            if (++blocks < 3)
                return;
            [[maybe_unused]] const ssize_t told = ::write(toParent.get(), "w", 1);
            while (true)
                ::pause();
        };
        const auto ended =
            convertModel(*examinePath(source), request, {.progress = progress, .durableInterval = kEveryBlock});
        ::_exit(1);
    }
    QVERIFY(child > 0);
    toParent = UniqueFd{}; // so that a child that failed ends the read
    char answer = 0;
    const bool isWriting = ::read(fromChild.get(), &answer, 1) == 1;
    // Nobody else gets the target as long as the process lives.
    VERIFY_ERROR(finish(source, request), ErrorCode::FileInUse);
    QVERIFY(::kill(child, SIGKILL) == 0 && ::waitpid(child, nullptr, 0) == child);
    QVERIFY(isWriting);
    const auto rest = finish(source, request);
    VERIFY_RESULT(rest);
    QVERIFY(rest->resumed > Bytes{});
    QCOMPARE(difference(*rest, *whole), std::string{});
    QVERIFY(filesAt(request.target) == expected);
    QCOMPARE(folder.entries(), kBoth);
}

void TestConversionResume::goesOnAfterAFullDisk()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", severalTensors());
    const ConversionRequest request = requestFor(folder);
    std::optional<FileSizeLimit> limit;
    std::size_t blocks = 0;
    const auto fill = [&](Bytes, Bytes) {
        if (++blocks == 3)
            limit.emplace(8);
    };
    const auto full = convertModel(*examinePath(source), request, {.progress = fill, .durableInterval = kEveryBlock});
    limit.reset();
    VERIFY_ERROR(full, ErrorCode::DiskFull);
    QCOMPARE(full.error().context.path, request.target.string());
    QVERIFY(full.error().detail.find(partialFolderOf(request.target).string()) != std::string::npos);
    QVERIFY(!fs::exists(request.target));
    Bytes told;
    const auto rest = convertModel(*examinePath(source), request,
        {.progress = [&](Bytes done, Bytes) { QVERIFY(done > told); }, .resumed = [&](Bytes bytes) { told = bytes; }});
    VERIFY_RESULT(rest);
    QVERIFY(told > Bytes{});
    QCOMPARE(rest->resumed, told);
    QCOMPARE(folder.entries(), kBoth);
}

void TestConversionResume::goesOnAfterAShutdown()
{
    const Interrupted before;
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = convertModel(*examinePath(before.source), before.request(),
        {.stop = stop.get_token(), .afterStop = [] { return AfterStop::Keep; }, .durableInterval = kEveryBlock});
    VERIFY_ERROR(stopped, ErrorCode::Cancelled);
    const auto rest = finish(before.source, before.request());
    VERIFY_RESULT(rest);
    QVERIFY(rest->resumed > Bytes{});
}

void TestConversionResume::losesAllWithACancel()
{
    const Interrupted before;
    std::stop_source stop;
    stop.request_stop();
    for (const auto& afterStop : {std::function<AfterStop()>{}, std::function{[] { return AfterStop::Discard; }}}) {
        const auto cancelled = convertModel(
            *examinePath(before.source), before.request(), {.stop = stop.get_token(), .afterStop = afterStop});
        VERIFY_ERROR(cancelled, ErrorCode::Cancelled);
        QCOMPARE(before.folder.entries(), std::set<std::string>{"x.safetensors"});
    }
}

void TestConversionResume::believesNoWrongJournal_data()
{
    QTest::addColumn<std::function<std::string(const std::string&)>>("change");
    const auto row = [](const std::string& name, std::function<std::string(const std::string&)> change) {
        QTest::newRow(name.c_str()) << std::move(change);
    };
    row("empty", [](const std::string&) { return std::string{}; });
    row("noise", [](const std::string& journal) { return tensorPattern("noise", journal.size()); });
    row("zeros", [](const std::string& journal) { return std::string(journal.size(), '\0'); });
    row("too long", [](const std::string& journal) { return journal + std::string(2 << 20U, 'x'); });
    row("more behind", [](const std::string& journal) { return journal + tensorPattern("noise", 500); });
    row("other version", [](std::string journal) {
        for (std::size_t at = 0; at < journal.size(); at += ConversionJournal::kRecord.value)
            journal[at + 7] = '0';
        return journal;
    });
    row("last record twice", [](const std::string& journal) {
        return journal + journal.substr(journal.size() - ConversionJournal::kRecord.value);
    });
    row("first record missing",
        [](const std::string& journal) { return journal.substr(ConversionJournal::kRecord.value); });
    for (std::size_t cut = 1; cut <= ConversionJournal::kRecord.value; cut += 10) {
        row("cut by " + std::to_string(cut),
            [cut](const std::string& journal) { return journal.substr(0, journal.size() - cut); });
    }
    for (std::size_t at = 1; at <= ConversionJournal::kRecord.value; at += 3) {
        row("flipped, " + std::to_string(at) + " from the end", [at](std::string journal) {
            journal[journal.size() - at] ^= 1;
            return journal;
        });
        row("flipped in the first record, byte " + std::to_string(at - 1), [at](std::string journal) {
            journal[at - 1] ^= 1;
            return journal;
        });
    }
}

/// It goes on from an earlier point, or begins anew; the file is the same.
void TestConversionResume::believesNoWrongJournal()
{
    QFETCH(std::function<std::string(const std::string&)>, change);
    static const std::string expected = expectedOfFew();
    const Interrupted before;
    const std::string changed = change(before.journal);
    std::ofstream{before.partial("journal"), std::ios::binary | std::ios::trunc} << changed;
    const auto rest = finish(before.source, before.request());
    VERIFY_RESULT(rest);
    QVERIFY(rest->resumed < Bytes{4 * 200} || changed.starts_with(before.journal));
    QCOMPARE(rest->loss.elements, std::uint64_t{500});
    QVERIFY(readSmallFile(before.request().target, kMiB).value() == expected);
    QCOMPARE(before.folder.entries(), kBoth);
}

void TestConversionResume::believesNoWrongContent_data()
{
    QTest::addColumn<std::function<void(const fs::path&)>>("change");
    const auto row = [](const char* name, std::function<void(const fs::path&)> change) {
        QTest::newRow(name) << std::move(change);
    };
    row("missing", [](const fs::path& content) { fs::remove(content); });
    row("empty", [](const fs::path& content) { fs::resize_file(content, 0); });
    row("cut", [](const fs::path& content) { fs::resize_file(content, fs::file_size(content) - 250); });
    row("longer", [](const fs::path& content) { fs::resize_file(content, fs::file_size(content) + 1); });
    row("changed where it was written last",
        [](const fs::path& content) { overwrite(content, fs::file_size(content) - 300, "?"); });
    row("a folder", [](const fs::path& content) {
        fs::remove(content);
        fs::create_directory(content);
    });
    row("a link", [](const fs::path& content) {
        fs::remove(content);
        fs::create_symlink("/etc/hostname", content);
    });
}

void TestConversionResume::believesNoWrongContent()
{
    QFETCH(std::function<void(const fs::path&)>, change);
    const Interrupted before;
    change(before.partial("content"));
    const auto rest = finish(before.source, before.request());
    VERIFY_RESULT(rest);
    QCOMPARE(rest->resumed, Bytes{});
    QVERIFY(readSmallFile(before.request().target, kMiB).value() == expectedOfFew());
    QCOMPARE(before.folder.entries(), kBoth);
}

/// Same name, same size, other bytes.
void TestConversionResume::beginsAnewForAnotherSource()
{
    const Interrupted before;
    passTimestampOf(before.source);
    overwrite(before.source, fs::file_size(before.source) - 4, "zzzz");
    const auto rest = finish(before.source, before.request());
    VERIFY_RESULT(rest);
    QCOMPARE(rest->resumed, Bytes{});
    QCOMPARE(before.folder.entries(), kBoth);
    const std::string written = readSmallFile(before.request().target, kMiB).value();
    fs::remove(before.request().target);
    VERIFY_RESULT(finish(before.source, before.request()));
    QVERIFY(readSmallFile(before.request().target, kMiB).value() == written);
}

void TestConversionResume::beginsAnewForAnotherRequest()
{
    const Interrupted before;
    ConversionRequest other = before.request();
    other.precision = Dtype::Bf16;
    const auto rest = finish(before.source, other);
    VERIFY_RESULT(rest);
    QCOMPARE(rest->resumed, Bytes{});
    QCOMPARE(before.folder.entries(), kBoth);
    QVERIFY(tensorsOf(other.target).at("a").dtype == Dtype::Bf16);
}

void TestConversionResume::beginsAnewWhenAsked()
{
    const Interrupted before;
    ConversionRequest request = before.request();
    request.resume = Resume::No;
    request.ifExists = IfExists::Replace; // of no meaning for what is written
    const auto rest = finish(before.source, request);
    VERIFY_RESULT(rest);
    QCOMPARE(rest->resumed, Bytes{});
    QCOMPARE(before.folder.entries(), kBoth);
}

void TestConversionResume::isAloneAtATarget()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", fewTensors());
    ConversionRequest other = requestFor(folder);
    other.precision = Dtype::Bf16;
    ConversionRequest elsewhere = requestFor(folder);
    elsewhere.target = folder / "z.safetensors";
    std::size_t refused = 0;
    const auto meanwhile = [&](Bytes, Bytes) {
        for (const ConversionRequest& request : {requestFor(folder), other}) {
            const auto second = finish(source, request);
            VERIFY_ERROR(second, ErrorCode::FileInUse);
            QCOMPARE(second.error().context.path, request.target.string());
            ++refused;
        }
        if (!fs::exists(elsewhere.target))
            VERIFY_RESULT(finish(source, elsewhere));
    };
    VERIFY_RESULT(convert(source, requestFor(folder), meanwhile));
    QCOMPARE(refused, std::size_t{10});
    QCOMPARE(folder.entries(), (std::set<std::string>{"x.safetensors", "y.safetensors", "z.safetensors"}));
}

QTEST_APPLESS_MAIN(TestConversionResume)
#include "test_conversion_resume.moc"

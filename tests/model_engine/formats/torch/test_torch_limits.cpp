// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a hostile file may cost: time and memory, measured.
#include "model_engine/formats/torch/torch_archive.h"

#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <sys/resource.h>

using namespace weightroom;
using engine::ErrorCode;
using test::MemorySource;
using test::Pickle;

namespace {

/// The most memory that the process has had, in KiB.
long peakMemory()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/// A pickle of this size that repeats an opcode, then ends.
std::string repeated(std::string_view opcodes, std::size_t size, std::string_view begin = "\x80\x02")
{
    std::string pickle{begin};
    while (pickle.size() < size)
        pickle += opcodes;
    return pickle + ".";
}

} // namespace

class TestTorchLimits : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void manyWaysToOneValueEnd();
    void costIsBounded_data();
    void costIsBounded();
};

void TestTorchLimits::initTestCase()
{
    // Sanitizers keep what was freed, and everything is slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("memory and time say nothing under a sanitizer");
#endif
}

void TestTorchLimits::manyWaysToOneValueEnd()
{
    const auto index = engine::readTorchArchive(MemorySource{test::torchZip(test::manyWaysTo(""), {})});
    VERIFY_ERROR(index, ErrorCode::HeaderTooLarge);
    // Two to the 64 ways have no end; the time that a test has does.
}

/// Each kind of pickle that makes something of nearly every byte, at 2 MiB, where 4 × 2 MiB may be built. Some
/// are right.
void TestTorchLimits::costIsBounded_data()
{
    using namespace std::string_view_literals;
    QTest::addColumn<QByteArray>("pickle");
    constexpr std::size_t kSize = 2 * 1024 * 1024;
    const auto row = [](const char* name, const std::string& pickle) {
        QTest::newRow(name) << QByteArray::fromStdString(pickle);
    };
    row("values", repeated("N", kSize));
    row("lists", repeated("]", kSize));
    row("lists in lists", repeated("]a", kSize, "\x80\x02]"));
    row("tuples in tuples", repeated("\x85", kSize, "\x80\x02N"));
    row("nothing appended", repeated("(e", kSize, "\x80\x02]"));
    row("memo", repeated("\x94", kSize, "\x80\x04N"));
    row("names", repeated("cm\nn\n", kSize));
    row("texts", repeated("X\0\0\0\0"sv, kSize));
    row("storages", repeated("h\0Q"sv, kSize, Pickle().text("storage").tuple1().put(0).open()));
    row("tensors", [] {
        Pickle pickle;
        (pickle.list() << test::PickledTensor{}).put(0).append().mark();
        return repeated("h\0"sv, kSize, pickle.open()).insert(kSize, "e");
    }());
}

void TestTorchLimits::costIsBounded()
{
    QFETCH(QByteArray, pickle);
    const MemorySource source{test::torchZip(pickle.toStdString(), {{"0", std::string(24, 'd')}})};
    const long before = peakMemory();
    const auto index = engine::readTorchArchive(source);
    QCOMPARE(index ? test::brokenPromise(*index, source.size()) : std::string{}, std::string{});
    const long taken = (peakMemory() - before) / 1024;
    QVERIFY2(taken < 64, (std::to_string(taken) + " MiB").c_str());
}

QTEST_APPLESS_MAIN(TestTorchLimits)
#include "test_torch_limits.moc"

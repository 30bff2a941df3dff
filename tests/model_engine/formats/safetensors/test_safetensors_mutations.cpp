// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the fuzzer (tests/fuzz) looks for, without Clang and in two seconds: mutated files from a fixed seed, and the
// inputs that were kept. Whatever the bytes are, the reader returns, and what it accepts keeps every promise of an
// index.
#include "model_engine/formats/format_reader.h"

#include "tests/support/broken_files.h"
#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <random>

using namespace weightroom;
using test::MemorySource;

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit)
{
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
}

/// What a mutation writes over the text: what JSON is made of, numbers at the limits, bytes that are no UTF-8.
constexpr std::array<std::string_view, 24> kPieces{"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "0", "-1",
    "1e9", "18446744073709551615", "9223372036854775808", "null", "\"dtype\"", "\"F4\"", "\"F64\"", "\"shape\"",
    "\"data_offsets\"", "__metadata__", "\xff", " ", "\n"};

void overwrite(std::string& file, std::size_t at, std::string_view piece)
{
    file.replace(at, std::min(piece.size(), file.size() - at), piece.substr(0, file.size() - at));
}

/// Puts the true length of the header back after the text has grown or shrunk, so that the mutation is not refused at
/// once.
void repairLength(std::string& file, std::size_t headerEnd)
{
    if (file.size() < 8 || headerEnd < 8)
        return;
    overwrite(file, 0, test::safetensorsFile(std::min(headerEnd, file.size()) - 8, "", ""));
}

void mutate(std::string& file, std::size_t headerEnd, Random& random)
{
    if (file.empty())
        return;
    const std::size_t at = below(random, std::min(file.size(), headerEnd));
    const std::string_view piece = kPieces[below(random, kPieces.size())];
    switch (below(random, 6)) {
    case 0:
        file[at] = static_cast<char>(below(random, 256));
        break;
    case 1:
        overwrite(file, at, piece);
        break;
    case 2:
        file.insert(at, piece);
        repairLength(file, headerEnd + piece.size());
        break;
    case 3:
        file.erase(at, 1);
        repairLength(file, headerEnd - 1);
        break;
    case 4:
        file.resize(below(random, file.size() + 1));
        break;
    default:
        // The digits of shapes and offsets are where one wrong byte is still valid JSON.
        if (const auto digit = file.find_first_of("0123456789", at); digit != std::string::npos && digit < headerEnd)
            file[digit] = static_cast<char>('0' + below(random, 10));
    }
}

std::size_t headerEndOf(const std::string& file)
{
    const auto index = engine::readTensorIndex(MemorySource{file});
    return index ? index->headerSize.value : file.size();
}

} // namespace

class TestSafetensorsMutations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void mutatedFilesKeepThePromise();
    void everyFlippedBitKeepsThePromise();
    void keptInputsKeepThePromise();
};

void TestSafetensorsMutations::mutatedFilesKeepThePromise()
{
    constexpr int kRounds = 20'000;
    std::vector<std::string> seeds{test::smallSafetensorsFile()};
    for (const test::UnusualFile& file : test::unusualSafetensors())
        seeds.push_back(file.content);
    Random random{20261123};
    int accepted = 0;
    for (int round = 0; round < kRounds; ++round) {
        std::string file = seeds[below(random, seeds.size())];
        const std::size_t headerEnd = headerEndOf(file);
        for (std::size_t count = 1 + below(random, 4); count > 0; --count)
            mutate(file, headerEnd, random);
        const std::string wrong = test::wrongAnswer(file);
        QVERIFY2(wrong.empty(), ("round " + std::to_string(round) + ": " + wrong).c_str());
        accepted += engine::readTensorIndex(MemorySource{file}) ? 1 : 0;
    }
    // Mutations that are all refused, or all accepted, would show nothing.
    QVERIFY2(accepted > kRounds / 100 && accepted < kRounds / 2, std::to_string(accepted).c_str());
}

void TestSafetensorsMutations::everyFlippedBitKeepsThePromise()
{
    const std::string wrong = test::wrongAnswerToFlippedBits(test::smallSafetensorsFile());
    QVERIFY2(wrong.empty(), wrong.c_str());
}

/// tests/fuzz/corpus/safetensors: seeds, and inputs that once found something.
void TestSafetensorsMutations::keptInputsKeepThePromise()
{
    const std::string wrong = test::wrongAnswerToCorpus(WEIGHTROOM_FUZZ_CORPUS_DIR "/safetensors");
    QVERIFY2(wrong.empty(), wrong.c_str());
}

QTEST_APPLESS_MAIN(TestSafetensorsMutations)
#include "test_safetensors_mutations.moc"

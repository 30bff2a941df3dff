// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the fuzzer (tests/fuzz) looks for, without Clang and in two seconds: mutated files from a fixed seed, and the
// inputs that were kept. Whatever the bytes are, the reader returns, and what it accepts keeps every promise of an
// index.
#include "model_engine/formats/format_reader.h"

#include "tests/support/broken_gguf.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"

#include <QTest>

#include <algorithm>
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

/// What a mutation writes in place of lengths, counts, dimensions, types and offsets: small numbers, numbers at the
/// limits, numbers whose products and sums wrap.
constexpr std::array<std::uint64_t, 24> kNumbers{0, 1, 2, 3, 4, 8, 9, 12, 13, 16, 17, 32, 64, 256, 65'535, 65'536,
    0x7FFFFFFF, 0xFFFFFFFF, 1ULL << 32U, 1ULL << 60U, 1ULL << 61U, 1ULL << 63U, ~0ULL, ~0ULL - 31};

void mutate(std::string& file, std::size_t headerEnd, Random& random)
{
    if (file.empty())
        return;
    const std::size_t at = below(random, std::min(file.size(), headerEnd));
    const std::string number = test::littleEndian(kNumbers[below(random, kNumbers.size())], below(random, 2) * 4 + 4);
    switch (below(random, 6)) {
    case 0:
        file[at] = static_cast<char>(below(random, 256));
        break;
    case 1:
    case 2:
        file.replace(at, std::min(number.size(), file.size() - at), number.substr(0, file.size() - at));
        break;
    case 3:
        file.insert(at, number);
        break;
    case 4:
        file.erase(at, 1 + below(random, 8));
        break;
    default:
        file.resize(below(random, file.size() + 64));
    }
}

std::size_t headerEndOf(const std::string& file)
{
    const auto index = engine::readTensorIndex(MemorySource{file});
    return index ? std::max(index->headerSize.value, std::uint64_t{1}) : file.size();
}

} // namespace

class TestGgufMutations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void mutatedFilesKeepThePromise();
    void everyFlippedBitKeepsThePromise();
    void keptInputsKeepThePromise();
};

void TestGgufMutations::mutatedFilesKeepThePromise()
{
    constexpr int kRounds = 20'000;
    std::vector<std::string> seeds{test::smallGguf().build()};
    for (const test::UnusualFile& file : test::unusualGguf()) {
        if (file.content.size() < 4096) // mutations of the names of 64 KiB would hit little else
            seeds.push_back(file.content);
    }
    Random random{20261127};
    int accepted = 0;
    for (int round = 0; round < kRounds; ++round) {
        std::string file = seeds[below(random, seeds.size())];
        const std::size_t headerEnd = headerEndOf(file);
        for (std::size_t count = 1 + below(random, 3); count > 0; --count)
            mutate(file, headerEnd, random);
        const std::string wrong = test::wrongAnswer(file);
        QVERIFY2(wrong.empty(), ("round " + std::to_string(round) + ": " + wrong).c_str());
        accepted += engine::readTensorIndex(MemorySource{file}) ? 1 : 0;
    }
    // Mutations that are all refused, or all accepted, would show nothing.
    QVERIFY2(accepted > kRounds / 100 && accepted < kRounds / 2, std::to_string(accepted).c_str());
}

void TestGgufMutations::everyFlippedBitKeepsThePromise()
{
    const std::string wrong = test::wrongAnswerToFlippedBits(test::smallGguf().build());
    QVERIFY2(wrong.empty(), wrong.c_str());
}

/// tests/fuzz/corpus/gguf: seeds, and inputs that once found something.
void TestGgufMutations::keptInputsKeepThePromise()
{
    const std::string wrong = test::wrongAnswerToCorpus(WEIGHTROOM_FUZZ_CORPUS_DIR "/gguf");
    QVERIFY2(wrong.empty(), wrong.c_str());
}

QTEST_APPLESS_MAIN(TestGgufMutations)
#include "test_gguf_mutations.moc"

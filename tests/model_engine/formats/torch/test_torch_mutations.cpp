// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the fuzzer (tests/fuzz) looks for, without Clang and in seconds: mutated files from a fixed seed, and the inputs
// that were kept. Whatever the bytes are, the reader returns, and what it accepts keeps every promise of an index.
#include "model_engine/formats/format_reader.h"

#include "tests/support/broken_torch_files.h"
#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <fstream>
#include <iterator>
#include <random>

using namespace weightroom;
using test::MemorySource;

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit)
{
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
}

/// What a mutation writes over the bytes: marks, opcodes with their arguments, numbers at the limits.
std::string piece(Random& random)
{
    using namespace std::string_literals;
    static const std::array kPieces{"PK\x01\x02"s, "PK\x03\x04"s, "PK\x05\x06"s, "PK\x06\x06"s, "PK\x07\x08"s,
        "\xff\xff\xff\xff"s, "\0\0\0\0"s, "\xff\xff\xff\xff\xff\xff\xff\x7f"s, "\x08\x08"s, "\x80\x02"s, "."s, "("s,
        "t"s, ")"s, "]"s, "}"s, "R"s, "Q"s, "b"s, "u"s, "s"s, "e"s, "a"s, "N"s, "\x85"s, "\x86"s, "\x87"s, "\x81"s,
        "K\0"s, "K\xff"s, "J\xff\xff\xff\xff"s, "M\xff\xff"s, "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"s, "h\0"s,
        "h\x01"s, "q\0"s, "\x94"s, "X\xff\xff\xff\xff"s, "cos\nsystem\n"s, "\x95\xff\0\0\0\0\0\0\0"s};
    return kPieces[below(random, kPieces.size())];
}

void overwrite(std::string& file, std::size_t at, std::string_view with)
{
    file.replace(at, std::min(with.size(), file.size() - at), with.substr(0, file.size() - at));
}

void mutate(std::string& file, Random& random)
{
    if (file.empty())
        return;
    const std::size_t at = below(random, file.size());
    switch (below(random, 6)) {
    case 0:
        file[at] = static_cast<char>(below(random, 256));
        break;
    case 1:
        overwrite(file, at, piece(random));
        break;
    case 2:
        file.insert(at, piece(random));
        break;
    case 3:
        file.erase(at, 1 + below(random, 4));
        break;
    case 4:
        file.insert(at, file.substr(below(random, file.size()), below(random, 32)));
        break;
    default:
        file[at] = static_cast<char>(file[at] + (below(random, 2) == 0 ? 1 : -1));
    }
}

bool isAccepted(const std::string& content) { return engine::readTensorIndex(MemorySource{content}).has_value(); }

/// What follows the three pickles that every file of the old form begins with.
std::string legacyEnd() { return test::smallTorchLegacy().substr(test::legacyBeginning().size()); }

/// The pickle of the small archive, and the archive around any other one.
std::string smallPickle()
{
    const std::string file = test::smallTorchZip();
    const std::size_t begin = file.find("\x80\x02");
    return file.substr(begin,
        file.find("b"
                  "u"
                  ".",
            begin)
            + 3 - begin);
}

std::string archiveAround(const std::string& pickle)
{
    return test::torchZip(pickle,
        {{"0", std::string(24, 'a')}, {"1", std::string(8, 'b')}, {"2", std::string(8, 'c')}, {"3", ""},
            {"4", std::string(4, 'e')}});
}

} // namespace

class TestTorchMutations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void mutatedArchivesKeepThePromise();
    void mutatedPicklesKeepThePromise();
    void mutatedOldFilesKeepThePromise();
    void aFlippedBitInEveryByteKeepsThePromise();
    void keptInputsKeepThePromise();

private:
    /// Counts what is accepted, so that a test that shows nothing is noticed.
    template <class Make>
    void mutateMany(const std::string& seed, int rounds, Make make);
};

template <class Make>
void TestTorchMutations::mutateMany(const std::string& seed, int rounds, Make make)
{
    Random random{20261125};
    int accepted = 0;
    for (int round = 0; round < rounds; ++round) {
        std::string mutated = seed;
        for (std::size_t count = 1 + below(random, 3); count > 0; --count)
            mutate(mutated, random);
        const std::string file = make(mutated);
        const std::string wrong = test::wrongAnswer(file);
        QVERIFY2(wrong.empty(), ("round " + std::to_string(round) + ": " + wrong).c_str());
        accepted += isAccepted(file) ? 1 : 0;
    }
    QVERIFY2(accepted > rounds / 100 && accepted < rounds / 2, std::to_string(accepted).c_str());
}

void TestTorchMutations::mutatedArchivesKeepThePromise()
{
    mutateMany(test::smallTorchZip(), 1500, [](const std::string& file) { return file; });
}

/// The archive is put right around the pickle, so that its checksum does not stop every mutation.
void TestTorchMutations::mutatedPicklesKeepThePromise()
{
    QVERIFY(isAccepted(archiveAround(smallPickle())));
    mutateMany(smallPickle(), 2000, archiveAround);
}

void TestTorchMutations::mutatedOldFilesKeepThePromise()
{
    mutateMany(legacyEnd(), 3000, [](const std::string& end) { return test::legacyBeginning() + end; });
}

void TestTorchMutations::aFlippedBitInEveryByteKeepsThePromise()
{
    for (const std::string& good : {test::smallTorchZip(), test::smallTorchLegacy()}) {
        for (std::size_t byte = 0; byte < good.size(); ++byte) {
            std::string file = good;
            file[byte] = static_cast<char>(static_cast<unsigned char>(file[byte]) ^ (1U << (byte % 8)));
            const std::string wrong = test::wrongAnswer(file);
            QVERIFY2(wrong.empty(), ("byte " + std::to_string(byte) + ": " + wrong).c_str());
        }
    }
}

/// tests/fuzz/corpus/torch_archive: seeds, and inputs that once found something. The seeds without a mark of a file are
/// pickles.
void TestTorchMutations::keptInputsKeepThePromise()
{
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{WEIGHTROOM_FUZZ_CORPUS_DIR}) {
        std::ifstream stream{entry.path(), std::ios::binary};
        const std::string content{std::istreambuf_iterator<char>{stream}, {}};
        for (const std::string& file : {content, archiveAround(content), test::legacyBeginning() + content}) {
            const std::string wrong = test::wrongAnswer(file);
            QVERIFY2(wrong.empty(), (entry.path().filename().string() + ": " + wrong).c_str());
        }
        ++files;
    }
    QVERIFY(files > 0);
}

QTEST_APPLESS_MAIN(TestTorchMutations)
#include "test_torch_mutations.moc"

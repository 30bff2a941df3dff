// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/content_store.h"
#include "tests/support/gate.h"
#include "tests/support/scripted_slab_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <random>
#include <thread>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr Bytes kSize{4096}; ///< of one content: a slab of its own
const ContentDigest kDigest{kSize, {1, 2}};

/// A memory whose contents have a letter each instead of bytes.
struct Memory {
    [[nodiscard]] PlacedContentPtr content(char letter)
    {
        auto places = arena.allocate(std::array{kSize});
        auto made = std::make_shared<const PlacedContent>(std::move(places->front()));
        const std::lock_guard lock{mutex};
        letters[made->address()] = letter;
        return made;
    }
    [[nodiscard]] ContentStore::Comparison is(char letter)
    {
        return [this, letter](const PlacedContent& there) -> Result<bool> {
            ++comparisons;
            const std::lock_guard lock{mutex};
            return letters.at(there.address()) == letter;
        };
    }
    [[nodiscard]] Result<PlacedContentPtr> share(char letter, ContentLabel label = {kDigest, {}})
    {
        return store.share(content(letter), label, is(letter));
    }
    [[nodiscard]] std::uint64_t places() const { return arena.statistics().allocations; }

    ScriptedSlabSource source{kSize};
    Budget budget{kGiB, ErrorCode::OutOfCacheBudget, "cache budget"};
    Arena arena{source, budget, kSize};
    ContentStore store;
    std::mutex mutex; ///< guards letters
    std::map<std::uint64_t, char> letters; ///< by address
    std::atomic<int> comparisons = 0;
};

} // namespace

class TestContentStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalContentsBecomeOne();
    void equalHashesAreNotEqualBytes();
    void comparesWithFewOfOneHash();
    void anotherSizeIsAnotherContent();
    void isKnownByEachIdItWasFoundEqualTo();
    void givesAnIdToWhatIsNew();
    void forgetsWhatIsGone();
    void pinsWhatItCompares();
    void noticesWhatComesWhileItCompares();
    void doesNotHoldItsLockWhileItCompares();
    void aComparisonThatFailsLeavesNothing();
    void leavesEmptyContentsAlone();
    void sharesItOnceOnly();
    void survivesThousandsThatComeAndGo();
    void mergesOnManyThreads();
    void knowsWhatAConversionHasGiven();
    void findsWhatWasMovedAtItsNewPlace();
    void doesNotReplaceWhatOthersHave();
    void movesWhatHasNoLabel();
    void movesWhileOthersLookForIt();
    void comparesWhatOthersCanWriteTo();
    void doesNotFindWhatWasConvertedAndLent();
    void whatWasLentStaysSoWhereItMoves();
};

void TestContentStore::equalContentsBecomeOne()
{
    Memory memory;
    const auto first = memory.share('a');
    VERIFY_RESULT(first);
    QCOMPARE(memory.comparisons.load(), 0);
    const auto second = memory.share('a');
    VERIFY_RESULT(second);
    QVERIFY(*first == *second);
    QCOMPARE(memory.comparisons.load(), 1);
    QCOMPARE(memory.places(), 1U); // the second place was given back
    QCOMPARE(memory.store.size(), 1U);
}

void TestContentStore::equalHashesAreNotEqualBytes()
{
    Memory memory;
    std::vector<PlacedContentPtr> held;
    for (const char letter : {'a', 'b', 'c', 'b', 'a', 'c'}) {
        auto shared = memory.share(letter);
        VERIFY_RESULT(shared);
        QCOMPARE(memory.letters.at((*shared)->address()), letter);
        held.push_back(std::move(*shared));
    }
    QCOMPARE(memory.places(), 3U);
    QVERIFY(held[0] == held[4] && held[1] == held[3] && held[2] == held[5]);
    const auto none = memory.store.findEqual({kDigest, {}}, memory.is('d'));
    VERIFY_RESULT(none);
    QVERIFY(!*none);
}

/// A file of tensors that agree in their samples costs its size a few times, not the square of their number.
void TestContentStore::comparesWithFewOfOneHash()
{
    constexpr int kMost = static_cast<int>(ContentStore::kMostCompared);
    Memory memory;
    std::vector<PlacedContentPtr> held;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        memory.comparisons = 0;
        auto shared = memory.share(letter);
        VERIFY_RESULT(shared);
        QCOMPARE(memory.letters.at((*shared)->address()), letter);
        QCOMPARE(memory.comparisons.load(), std::min(static_cast<int>(held.size()), kMost));
        held.push_back(std::move(*shared));
    }
    QCOMPARE(memory.share('a').value(), held.front()); // one of the first is found
    memory.comparisons = 0;
    const auto missed = memory.store.findEqual({kDigest, {}}, memory.is('z'));
    VERIFY_RESULT(missed);
    QVERIFY(!*missed);
    QCOMPARE(memory.comparisons.load(), kMost);
    QVERIFY(memory.store.find(held.back()->label()->id) == held.back()); // it has an id, and is found by that
}

void TestContentStore::anotherSizeIsAnotherContent()
{
    Memory memory;
    const auto first = memory.share('a');
    const auto found = memory.store.findEqual({{kSize + Bytes{1}, kDigest.hash}, {}}, memory.is('a'));
    VERIFY_RESULT(found);
    QVERIFY(!*found);
    QCOMPARE(memory.comparisons.load(), 0);
}

void TestContentStore::isKnownByEachIdItWasFoundEqualTo()
{
    Memory memory;
    const ContentId one = freshContentId();
    const ContentId two = freshContentId();
    const auto first = memory.share('a', {kDigest, one});
    VERIFY_RESULT(first);
    QVERIFY(memory.store.find(one) == *first);
    QVERIFY(!memory.store.find(two));
    const auto second = memory.store.findEqual({kDigest, two}, memory.is('a'));
    VERIFY_RESULT(second);
    QVERIFY(*second == *first);
    QVERIFY(memory.store.find(two) == *first);
    // Whoever has one of the ids needs no comparison any more.
    const int comparisons = memory.comparisons;
    VERIFY_RESULT(memory.share('a', {kDigest, two}));
    QCOMPARE(memory.comparisons.load(), comparisons);
    QCOMPARE(memory.places(), 1U);
}

void TestContentStore::givesAnIdToWhatIsNew()
{
    Memory memory;
    QVERIFY(!memory.store.find(ContentId{}));
    const auto a = memory.share('a');
    const auto b = memory.share('b');
    VERIFY_RESULT(a);
    VERIFY_RESULT(b);
    const ContentLabel* label = (*a)->label();
    QVERIFY(label && !label->id.isNone() && label->digest == kDigest);
    QVERIFY(label->id != (*b)->label()->id);
    QVERIFY(memory.store.find(label->id) == *a);
    QVERIFY(!memory.content('c')->label());
}

void TestContentStore::forgetsWhatIsGone()
{
    Memory memory;
    ContentId id;
    {
        const auto first = memory.share('a');
        id = (*first)->label()->id;
    }
    QCOMPARE(memory.places(), 0U);
    QCOMPARE(memory.store.size(), 0U);
    QVERIFY(!memory.store.find(id));
    const auto again = memory.share('a');
    VERIFY_RESULT(again);
    QCOMPARE(memory.comparisons.load(), 0);
    QVERIFY((*again)->label()->id != id);
}

void TestContentStore::pinsWhatItCompares()
{
    // Its last user goes while another load compares with it.
    Memory memory;
    Result<PlacedContentPtr> first = memory.share('a');
    const auto* place = first->get();
    const auto second = memory.store.share(memory.content('a'), {kDigest, {}}, [&](const PlacedContent& there) {
        first->reset();
        return memory.is('a')(there);
    });
    VERIFY_RESULT(second);
    QVERIFY(second->get() == place);
    QCOMPARE(memory.places(), 1U);

    // The same where they differ: what went is not found, and what came is entered.
    const auto third = memory.store.share(memory.content('b'), {kDigest, {}}, memory.is('b'));
    VERIFY_RESULT(third);
    QCOMPARE(memory.store.size(), 2U);
}

void TestContentStore::noticesWhatComesWhileItCompares()
{
    Memory memory;
    const auto other = memory.share('b');
    Result<PlacedContentPtr> meanwhile = PlacedContentPtr{};
    const auto mine = memory.store.share(memory.content('a'), {kDigest, {}}, [&](const PlacedContent& there) {
        if (!*meanwhile)
            meanwhile = memory.share('a');
        return memory.is('a')(there);
    });
    VERIFY_RESULT(mine);
    VERIFY_RESULT(meanwhile);
    QVERIFY(*mine == *meanwhile);
    QCOMPARE(memory.places(), 2U);
}

void TestContentStore::doesNotHoldItsLockWhileItCompares()
{
    Memory memory;
    const auto first = memory.share('a');
    const auto second = memory.store.share(memory.content('a'), {kDigest, {}}, [&](const PlacedContent&) {
        return Result<bool>{memory.store.find((*first)->label()->id) == *first && memory.store.size() == 1};
    });
    VERIFY_RESULT(second);
    QVERIFY(*second == *first);
}

void TestContentStore::aComparisonThatFailsLeavesNothing()
{
    Memory memory;
    const auto first = memory.share('a');
    const ContentStore::Comparison fails = [](const PlacedContent&) -> Result<bool> {
        return fail(ErrorCode::DeviceError, "by the test");
    };
    VERIFY_ERROR(memory.store.share(memory.content('b'), {kDigest, {}}, fails), ErrorCode::DeviceError);
    VERIFY_ERROR(memory.store.findEqual({kDigest, {}}, fails), ErrorCode::DeviceError);
    QCOMPARE(memory.places(), 1U);
    QCOMPARE(memory.store.size(), 1U);
}

void TestContentStore::leavesEmptyContentsAlone()
{
    Memory memory;
    const auto empty = std::make_shared<const PlacedContent>(Allocation{});
    const auto shared = memory.store.share(empty, {{}, {}}, memory.is('a'));
    VERIFY_RESULT(shared);
    QVERIFY(*shared == empty);
    QVERIFY(!empty->label());
    QCOMPARE(memory.store.size(), 0U);
}

void TestContentStore::sharesItOnceOnly()
{
    Memory memory;
    const auto first = memory.share('a');
    const auto again = memory.store.share(*first, {kDigest, {}}, memory.is('a'));
    VERIFY_RESULT(again);
    QVERIFY(*again == *first);
    QCOMPARE(memory.store.size(), 1U);
}

void TestContentStore::survivesThousandsThatComeAndGo()
{
    Memory memory;
    const auto stays = memory.share('a');
    for (std::uint64_t i = 0; i < 5000; ++i)
        VERIFY_RESULT(memory.share('b', {{kSize, {i, i}}, {}}));
    QCOMPARE(memory.store.size(), 1U);
    QCOMPARE(memory.places(), 1U);
    const auto found = memory.store.findEqual({kDigest, {}}, memory.is('a'));
    VERIFY_RESULT(found);
    QVERIFY(*found == *stays);
    QVERIFY(memory.store.find((*stays)->label()->id) == *stays);
}

void TestContentStore::mergesOnManyThreads()
{
    Memory memory;
    constexpr std::size_t kThreads = 4;
    constexpr int kRounds = 200;
    // In each round all have the same three letters under one hash, and let them go as they like.
    std::array<std::vector<PlacedContentPtr>, kThreads> held;
    std::atomic<int> failures = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t number = 0; number < kThreads; ++number) {
            threads.emplace_back([&, number] {
                std::mt19937 random{static_cast<unsigned>(number)};
                for (int round = 0; round < kRounds; ++round) {
                    const char letter = static_cast<char>('a' + random() % 3);
                    auto shared = memory.share(letter);
                    const std::lock_guard lock{memory.mutex};
                    failures += shared && memory.letters.at((*shared)->address()) == letter ? 0 : 1;
                    if (random() % 2 == 0)
                        held[number].clear();
                    held[number].push_back(std::move(*shared));
                }
            });
        }
    }
    QCOMPARE(failures.load(), 0);
    std::set<const PlacedContent*> contents;
    for (const auto& own : held) {
        for (const PlacedContentPtr& content : own)
            contents.insert(content.get());
    }
    QVERIFY(contents.size() <= 3);
    QCOMPARE(memory.store.size(), contents.size());
    QCOMPARE(memory.places(), contents.size());
    for (auto& own : held)
        own.clear();
    QCOMPARE(memory.places(), 0U);
}

void TestContentStore::knowsWhatAConversionHasGiven()
{
    Memory memory;
    const ContentLabel stored{{Bytes{8}, {}}, freshContentId()};
    const ContentConversion toHalf{stored, Dtype::F32, Dtype::F16};
    QVERIFY(!memory.store.findConverted(toHalf));
    {
        const auto unlabelled = memory.content('u');
        memory.store.noteConversion(toHalf, {unlabelled, {}}); // nobody could find it
        QVERIFY(!memory.store.findConverted(toHalf));
        const auto converted = memory.share('c').value();
        memory.store.noteConversion({ContentLabel{}, Dtype::F32, Dtype::F16}, {converted, {}});
        QVERIFY(!memory.store.findConverted({ContentLabel{}, Dtype::F32, Dtype::F16})); // of bytes that nobody knows
        memory.store.noteConversion(toHalf, {converted, {.elements = 7, .largestError = 0.5}});
        const auto found = memory.store.findConverted(toHalf);
        QVERIFY(found && found->content == converted);
        QCOMPARE(found->loss.elements, 7U);
        QCOMPARE(found->loss.largestError, 0.5);
        QVERIFY(!memory.store.findConverted({stored, Dtype::F32, Dtype::Bf16}));
        QVERIFY(!memory.store.findConverted({stored, Dtype::Bf16, Dtype::F16}));
        QVERIFY(!memory.store.findConverted({{stored.digest, freshContentId()}, Dtype::F32, Dtype::F16}));
        // An id that was kept in a file may have been given to other bytes there.
        QVERIFY(!memory.store.findConverted({{{Bytes{9}, {}}, stored.id}, Dtype::F32, Dtype::F16}));
    }
    QVERIFY(!memory.store.findConverted(toHalf)); // it went with its last owner
    QCOMPARE(memory.places(), 0U);
}

void TestContentStore::findsWhatWasMovedAtItsNewPlace()
{
    Memory memory;
    const ContentId first{freshContentId()};
    const ContentId second{freshContentId()};
    auto old = memory.share('a', {kDigest, first}).value();
    const auto other = memory.share('b').value(); // of the same hash
    QCOMPARE(memory.store.findEqual({kDigest, second}, memory.is('a')).value(), old);
    const auto moved = memory.content('a');
    const std::array moves{MovedContent{old, moved, 2}};
    QVERIFY(memory.store.replace(moves));
    QCOMPARE(memory.store.find(first), moved);
    QCOMPARE(memory.store.find(second), moved);
    QCOMPARE(memory.store.findEqual({kDigest, {}}, memory.is('a')).value(), moved);
    QCOMPARE(memory.store.findEqual({kDigest, {}}, memory.is('b')).value(), other);
    QVERIFY(moved->label() && moved->label()->id == first && moved->label()->digest == kDigest);
    QCOMPARE(memory.store.size(), 2U);
    QCOMPARE(memory.share('a').value(), moved);
}

void TestContentStore::doesNotReplaceWhatOthersHave()
{
    Memory memory;
    const ContentId id{freshContentId()};
    const auto old = memory.share('a', {kDigest, id}).value();
    const auto free = memory.share('b').value();
    const PlacedContentPtr lease = old;
    const std::array moves{MovedContent{free, memory.content('b'), 2}, MovedContent{old, memory.content('a'), 2}};
    QVERIFY(!memory.store.replace(moves));
    QCOMPARE(memory.store.find(id), old);
    QCOMPARE(memory.store.findEqual({kDigest, {}}, memory.is('b')).value(), free);
    QVERIFY(!moves[0].to->label() && !moves[1].to->label());
}

void TestContentStore::movesWhatHasNoLabel()
{
    Memory memory;
    const auto old = memory.content('a');
    const std::array moves{MovedContent{old, memory.content('a'), 2}};
    QVERIFY(memory.store.replace(moves));
    QVERIFY(!moves[0].to->label());
    QCOMPARE(memory.store.size(), 0U);
}

void TestContentStore::comparesWhatOthersCanWriteTo()
{
    Memory memory;
    const ContentId id{freshContentId()};
    const auto lent = memory.share('a', {kDigest, id}).value();
    lent->noteWritable();
    QVERIFY(!memory.store.find(id));
    QVERIFY(!memory.store.find(ContentLabel{kDigest, id}));
    // As long as its bytes are what they were it is shared all the same.
    QCOMPARE(memory.share('a', {kDigest, id}).value(), lent);
    QCOMPARE(memory.comparisons.load(), 1);
    QVERIFY(!memory.store.find(id)); // but it is compared each time
    {
        const std::lock_guard lock{memory.mutex};
        memory.letters[lent->address()] = 'x'; // the other process has written
    }
    const auto fresh = memory.share('a', {kDigest, id}).value();
    QVERIFY(fresh != lent);
    QCOMPARE(memory.store.find(id), fresh);
}

void TestContentStore::doesNotFindWhatWasConvertedAndLent()
{
    Memory memory;
    const ContentConversion toHalf{{{Bytes{8}, {}}, freshContentId()}, Dtype::F32, Dtype::F16};
    const auto converted = memory.share('c').value();
    memory.store.noteConversion(toHalf, {converted, {}});
    QVERIFY(memory.store.findConverted(toHalf));
    converted->noteWritable();
    QVERIFY(!memory.store.findConverted(toHalf));
}

void TestContentStore::whatWasLentStaysSoWhereItMoves()
{
    Memory memory;
    const ContentId id{freshContentId()};
    const auto lent = memory.share('a', {kDigest, id}).value();
    lent->noteWritable();
    const std::array moves{MovedContent{lent, memory.content('a'), 2}};
    QVERIFY(memory.store.replace(moves));
    QVERIFY(moves[0].to->isWritable());
    QVERIFY(!memory.store.find(id));
}

/// Whoever finds it gets the old or the new one, and what is found is never replaced.
void TestContentStore::movesWhileOthersLookForIt()
{
    Memory memory;
    const ContentId id{freshContentId()};
    PlacedContentPtr present = memory.share('a', {kDigest, id}).value();
    std::atomic<bool> isDone = false;
    std::atomic<int> missed = 0;
    std::jthread finder{[&] {
        while (!isDone)
            missed += memory.store.find(id) == nullptr;
    }};
    int replaced = 0;
    for (int i = 0; i < 2000; ++i) {
        std::array moves{MovedContent{present, memory.content('a'), 2}};
        if (!memory.store.replace(moves))
            continue;
        present = moves[0].to;
        ++replaced;
    }
    isDone = true;
    finder.join();
    QCOMPARE(missed.load(), 0);
    QVERIFY(replaced > 0);
    QCOMPARE(memory.store.find(id), present);
    QCOMPARE(memory.places(), 1U);
}

QTEST_APPLESS_MAIN(TestContentStore)
#include "test_content_store.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/weights_sharing.h"
#include "tests/support/scripted_slab_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// Components made of contents that have letters for names and are 100, 200, 300, … bytes large.
struct Memory {
    [[nodiscard]] ComponentWeights component(std::string_view letters)
    {
        ComponentWeights weights;
        for (const char letter : letters) {
            auto content = contents[letter].lock();
            if (!content) {
                const Bytes size{100 * static_cast<std::uint64_t>(letter - 'a' + 1)};
                content = std::make_shared<const PlacedContent>(std::move(arena.allocate(std::array{size})->front()));
                contents[letter] = content;
            }
            weights.size += content->size();
            weights.tensors.emplace_back(std::string{letter}, Dtype::U8, Shape{}, std::move(content));
        }
        return weights;
    }

    ScriptedSlabSource source{Bytes{4096}};
    Budget budget{kMiB, ErrorCode::OutOfCacheBudget, "cache budget"};
    Arena arena{source, budget, kMiB};
    std::map<char, std::weak_ptr<const PlacedContent>> contents;
};

SharingSum sumOf(const std::vector<ComponentWeights>& components)
{
    std::vector<const ComponentWeights*> pointers;
    for (const ComponentWeights& component : components)
        pointers.push_back(&component);
    return sumSharing(pointers);
}

} // namespace

class TestWeightsSharing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsSharedBytesOnce_data();
    void countsSharedBytesOnce();
    void tellsWhatIsGivenBack();
    void countsWhatALoadHoldsAsKept();
};

void TestWeightsSharing::countsSharedBytesOnce_data()
{
    using Components = std::vector<std::string>;
    QTest::addColumn<Components>("components");
    QTest::addColumn<std::vector<std::uint64_t>>("exclusive");
    QTest::addColumn<std::uint64_t>("shared");
    QTest::addColumn<std::uint64_t>("saved");
    const auto row = [](const char* name, Components components, std::vector<std::uint64_t> exclusive,
                         std::uint64_t shared, std::uint64_t saved) {
        QTest::newRow(name) << std::move(components) << std::move(exclusive) << shared << saved;
    };
    row("nothing", {}, {}, 0, 0);
    row("one", {"ab"}, {300}, 0, 0);
    row("two that have nothing in common", {"a", "b"}, {100, 200}, 0, 0);
    row("two that are equal", {"ab", "ab"}, {0, 0}, 300, 300);
    row("three that have one in common", {"ab", "ac", "ad"}, {200, 300, 400}, 100, 200);
    row("pairs of three", {"ab", "bc", "ca"}, {0, 0, 0}, 600, 600);
    row("twice within one", {"aab"}, {300}, 0, 100);
    row("twice within one, and in another", {"aab", "a"}, {200, 0}, 100, 200);
    row("in another, and twice within one", {"a", "aab"}, {0, 200}, 100, 200);
    row("an empty one", {"", "a"}, {0, 100}, 0, 0);
}

void TestWeightsSharing::countsSharedBytesOnce()
{
    QFETCH(std::vector<std::string>, components);
    QFETCH(std::vector<std::uint64_t>, exclusive);
    QFETCH(std::uint64_t, shared);
    QFETCH(std::uint64_t, saved);
    Memory memory;
    std::vector<ComponentWeights> all;
    Bytes sizes;
    for (const std::string& letters : components) {
        all.push_back(memory.component(letters));
        sizes += all.back().size;
    }
    const SharingSum sum = sumOf(all);
    Bytes held = sum.shared;
    QCOMPARE(sum.exclusive.size(), exclusive.size());
    for (std::size_t i = 0; i < exclusive.size(); ++i) {
        QCOMPARE(sum.exclusive[i], Bytes{exclusive[i]});
        held += sum.exclusive[i];
        QCOMPARE(exclusiveBytes(all[i]), Bytes{exclusive[i]});
    }
    QCOMPARE(sum.shared, Bytes{shared});
    QCOMPARE(sum.saved, Bytes{saved});
    QCOMPARE(held + sum.saved, sizes);
    FreedBytes everything;
    for (const ComponentWeights& component : all)
        everything.add(component);
    QCOMPARE(everything.bytes(), held);
    QCOMPARE(everything.kept(), Bytes{});
}

void TestWeightsSharing::tellsWhatIsGivenBack()
{
    Memory memory;
    const ComponentWeights first = memory.component("abc");
    const ComponentWeights second = memory.component("bcd");
    const ComponentWeights third = memory.component("ce");
    const ComponentWeights fourth = memory.component("f");
    FreedBytes freed;
    QCOMPARE(freed.bytes(), Bytes{});
    freed.add(first);
    QCOMPARE(freed.bytes(), Bytes{100});
    QCOMPARE(freed.kept(), Bytes{500});
    QCOMPARE(freed.sharedWith(second), Bytes{500});
    QCOMPARE(freed.sharedWith(third), Bytes{300});
    QCOMPARE(freed.sharedWith(fourth), Bytes{});
    freed.add(second);
    QCOMPARE(freed.bytes(), Bytes{100 + 200 + 400});
    QCOMPARE(freed.kept(), Bytes{300});
    freed.add(third);
    QCOMPARE(freed.bytes(), Bytes{1500});
    QCOMPARE(freed.kept(), Bytes{});
}

void TestWeightsSharing::countsWhatALoadHoldsAsKept()
{
    Memory memory;
    const ComponentWeights component = memory.component("ab");
    const PlacedContentPtr heldByALoad = component.tensors.back().content;
    FreedBytes freed;
    freed.add(component);
    QCOMPARE(freed.bytes(), Bytes{100});
    QCOMPARE(freed.kept(), Bytes{200});
}

QTEST_APPLESS_MAIN(TestWeightsSharing)
#include "test_weights_sharing.moc"

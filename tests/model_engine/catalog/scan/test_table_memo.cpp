// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/table_memo.h"

#include <QTest>

#include <string>

using namespace weightroom::engine;

namespace {

TableKey keyNumber(std::uint64_t number) { return {.low = number, .high = 1, .length = 2}; }

TableFactsPtr factsWithNameOf(std::size_t length)
{
    TableFacts facts;
    facts.identified.extra = {.count = 1, .names = {std::string(length, 'x')}};
    return std::make_shared<const TableFacts>(std::move(facts));
}

} // namespace

class TestTableMemo : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keysTellTextsApart();
    void everyMemoHasASecretOfItsOwn();
    void findsWhatWasInserted();
    void staysWithinItsBudget();
    void doesNotKeepGiants();
};

void TestTableMemo::keysTellTextsApart()
{
    const TableMemo memo;
    const std::string text(1000, 'a');
    const TableKey key = memo.keyOf({"{}", text});
    QVERIFY(key == memo.keyOf({R"({"x":"y"})", text})); // what the metadata say does not count
    QVERIFY(key != memo.keyOf({"", text})); // that there are some does
    QVERIFY(key != memo.keyOf({"{}", std::string_view{text}.substr(1)}));
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string other = text;
        other[at] = 'b';
        QVERIFY(key != memo.keyOf({"{}", other}));
    }
}

void TestTableMemo::everyMemoHasASecretOfItsOwn()
{
    for (const std::size_t length : {1U, 100U, 1000U})
        QVERIFY(TableMemo{}.keyOf({"", std::string(length, 'a')}) != TableMemo{}.keyOf({"", std::string(length, 'a')}));
}

void TestTableMemo::findsWhatWasInserted()
{
    TableMemo memo;
    const TableFactsPtr facts = factsWithNameOf(1);
    memo.insert(keyNumber(1), facts);
    memo.insert(keyNumber(1), factsWithNameOf(2)); // a thread that was slower
    QCOMPARE(memo.find(keyNumber(1)), facts);
    QVERIFY(memo.find(keyNumber(2)) == nullptr);
    QVERIFY(memo.held() > Bytes{});
}

void TestTableMemo::staysWithinItsBudget()
{
    constexpr Bytes kBudget = kKiB * 64;
    TableMemo memo{kBudget};
    for (std::uint64_t number = 0; number < 1000; ++number) {
        memo.insert(keyNumber(number), factsWithNameOf(1000));
        QVERIFY(memo.held() <= kBudget);
        QVERIFY(memo.find(keyNumber(number)) != nullptr); // what came last is there
    }
    QVERIFY(memo.find(keyNumber(0)) == nullptr);
    QVERIFY(memo.held() > kBudget - kKiB * 48); // and it is used
}

void TestTableMemo::doesNotKeepGiants()
{
    TableMemo memo{kKiB * 64};
    memo.insert(keyNumber(1), factsWithNameOf(1));
    memo.insert(keyNumber(2), factsWithNameOf(20 * 1024));
    QVERIFY(memo.find(keyNumber(2)) == nullptr);
    QVERIFY(memo.find(keyNumber(1)) != nullptr);
}

QTEST_APPLESS_MAIN(TestTableMemo)
#include "test_table_memo.moc"

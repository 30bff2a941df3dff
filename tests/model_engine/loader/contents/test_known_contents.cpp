// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/known_contents.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

FileIdentity fileOf(std::uint64_t inode) { return {1, inode, Bytes{3}, 4, 5}; }

/// A content, by the number of its id; 0: none.
ContentLabel content(std::uint64_t number)
{
    return number == 0 ? ContentLabel{} : ContentLabel{{Bytes{number}, {number, number + 1}}, {number}};
}

} // namespace

class TestKnownContents : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knowsWhatItLearned();
    void keepsWhatALaterLessonDoesNotTell();
    void saysWhenALessonTellsNothingNew();
    void forgetsTheFileOfTheOldestLesson();
};

void TestKnownContents::knowsWhatItLearned()
{
    KnownContents known;
    QVERIFY(known.find(fileOf(1)).empty());
    const KnownContents::OfFile lesson{content(7), content(0), content(8)};
    QVERIFY(known.learn(fileOf(1), lesson) == lesson);
    QVERIFY(known.find(fileOf(1)) == lesson);
    FileIdentity changed = fileOf(1);
    changed.modifiedNs += 1;
    QVERIFY(known.find(changed).empty());
}

void TestKnownContents::keepsWhatALaterLessonDoesNotTell()
{
    KnownContents known;
    QVERIFY(known.learn(fileOf(1), {content(7), content(8)}));
    QVERIFY(known.learn(fileOf(1), {content(0), content(9), content(10)}));
    const KnownContents::OfFile all{content(11), content(9), content(10)};
    QVERIFY(known.learn(fileOf(1), {content(11)}) == all);
    QVERIFY(known.find(fileOf(1)) == all);
}

void TestKnownContents::saysWhenALessonTellsNothingNew()
{
    KnownContents known;
    QVERIFY(known.learn(fileOf(1), {content(7), content(8)}));
    QVERIFY(!known.learn(fileOf(1), {content(7), content(8)}));
    QVERIFY(!known.learn(fileOf(1), {content(0), content(8)}));
    ContentLabel other = content(8);
    other.digest.hash.low += 1;
    QVERIFY(known.learn(fileOf(1), {content(0), other}));
}

void TestKnownContents::forgetsTheFileOfTheOldestLesson()
{
    KnownContents known;
    for (std::uint64_t i = 0; i < KnownContents::kMostFiles; ++i)
        (void)known.learn(fileOf(i), {content(i + 1)});
    (void)known.learn(fileOf(0), {content(5)});
    (void)known.learn(fileOf(KnownContents::kMostFiles), {content(6)});
    QVERIFY(!known.find(fileOf(0)).empty());
    QVERIFY(known.find(fileOf(1)).empty());
    QVERIFY(!known.find(fileOf(2)).empty());
    QVERIFY(!known.find(fileOf(KnownContents::kMostFiles)).empty());
}

QTEST_APPLESS_MAIN(TestKnownContents)
#include "test_known_contents.moc"

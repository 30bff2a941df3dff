// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/known_contents.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

FileIdentity fileOf(std::uint64_t inode) { return {1, inode, Bytes{3}, 4, 5}; }

} // namespace

class TestKnownContents : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knowsWhatItLearned();
    void keepsWhatALaterLessonDoesNotTell();
    void forgetsTheFileOfTheOldestLesson();
};

void TestKnownContents::knowsWhatItLearned()
{
    KnownContents known;
    QVERIFY(known.find(fileOf(1)).empty());
    known.learn(fileOf(1), {{7}, {}, {8}});
    QVERIFY((known.find(fileOf(1)) == KnownContents::OfFile{{7}, {}, {8}}));
    FileIdentity changed = fileOf(1);
    changed.modifiedNs += 1;
    QVERIFY(known.find(changed).empty());
}

void TestKnownContents::keepsWhatALaterLessonDoesNotTell()
{
    KnownContents known;
    known.learn(fileOf(1), {{7}, {8}});
    known.learn(fileOf(1), {{}, {9}, {10}});
    known.learn(fileOf(1), {{11}});
    QVERIFY((known.find(fileOf(1)) == KnownContents::OfFile{{11}, {9}, {10}}));
}

void TestKnownContents::forgetsTheFileOfTheOldestLesson()
{
    KnownContents known;
    for (std::uint64_t i = 0; i < KnownContents::kMostFiles; ++i)
        known.learn(fileOf(i), {{i + 1}});
    known.learn(fileOf(0), {{5}});
    known.learn(fileOf(KnownContents::kMostFiles), {{6}});
    QVERIFY(!known.find(fileOf(0)).empty());
    QVERIFY(known.find(fileOf(1)).empty());
    QVERIFY(!known.find(fileOf(2)).empty());
    QVERIFY(!known.find(fileOf(KnownContents::kMostFiles)).empty());
}

QTEST_APPLESS_MAIN(TestKnownContents)
#include "test_known_contents.moc"

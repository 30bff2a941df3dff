// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/visible_time.h"

#include <QTest>

using namespace weightroom::ui;

namespace {

constexpr qint64 kNow = 1'764'253'530'000;
constexpr qint64 kMinute = 60'000;

} // namespace

class TestVisibleTime : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void liveGoesOnWithTheTime();
    void aChosenSpanStays();
    void nothingAfterNowIsShown();
    void zoomKeepsTheMomentInPlace();
    void lengthsHaveLimits();
};

void TestVisibleTime::liveGoesOnWithTheTime()
{
    VisibleTime time(kNow, 5 * kMinute);
    QVERIFY(time.isLive());
    QCOMPARE(time.span(), (TimeSpan{kNow - 5 * kMinute, kNow}));
    time.setNow(kNow + 1'000);
    QCOMPARE(time.span(), (TimeSpan{kNow - 5 * kMinute + 1'000, kNow + 1'000}));
}

void TestVisibleTime::aChosenSpanStays()
{
    VisibleTime time(kNow, 5 * kMinute);
    const TimeSpan chosen{kNow - 60 * kMinute, kNow - 30 * kMinute};
    time.show(chosen);
    time.setNow(kNow + 1'000);
    QVERIFY(!time.isLive());
    QCOMPARE(time.span(), chosen);
    time.pan(-kMinute);
    QCOMPARE(time.span(), (TimeSpan{chosen.from - kMinute, chosen.to - kMinute}));
    time.showLive();
    QCOMPARE(time.span().to, kNow + 1'000);
}

void TestVisibleTime::nothingAfterNowIsShown()
{
    VisibleTime time(kNow, 5 * kMinute);
    time.show({kNow - kMinute, kNow + kMinute});
    QCOMPARE(time.span(), (TimeSpan{kNow - 2 * kMinute, kNow}));
    time.pan(kMinute);
    QCOMPARE(time.span(), (TimeSpan{kNow - 2 * kMinute, kNow}));
    time.zoom(2, kNow - kMinute);
    QCOMPARE(time.span(), (TimeSpan{kNow - 4 * kMinute, kNow}));
}

void TestVisibleTime::zoomKeepsTheMomentInPlace()
{
    VisibleTime time(kNow, 100 * kMinute);
    const qint64 about = kNow - 25 * kMinute;
    time.zoom(0.5, about);
    QCOMPARE(time.span(), (TimeSpan{about - 75 * kMinute / 2, about + 25 * kMinute / 2}));
    time.zoom(2, about);
    QCOMPARE(time.span(), (TimeSpan{kNow - 100 * kMinute, kNow}));
}

void TestVisibleTime::lengthsHaveLimits()
{
    VisibleTime time(kNow, 1);
    QCOMPARE(time.span().length(), VisibleTime::kLeastLength);
    const qint64 about = kNow - kMinute;
    time.show({about, about});
    QCOMPARE(time.span(), (TimeSpan{about - VisibleTime::kLeastLength / 2, about + VisibleTime::kLeastLength / 2}));
    time.zoom(1e-9, about);
    QCOMPARE(time.span().length(), VisibleTime::kLeastLength);
    time.zoom(1e12, about);
    QCOMPARE(time.span(), (TimeSpan{kNow - VisibleTime::kMostLength, kNow}));
    // From the end that is the newest: what is too short does not reach beyond it either.
    time.show({kNow, kNow});
    QCOMPARE(time.span().to, kNow);
}

QTEST_GUILESS_MAIN(TestVisibleTime)
#include "test_visible_time.moc"

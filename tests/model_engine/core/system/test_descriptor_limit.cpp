// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/descriptor_limit.h"

#include <QTest>

#include <sys/resource.h>

using namespace weightroom::engine;

class TestDescriptorLimit : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isRaisedToWhatTheSystemAllows();
};

void TestDescriptorLimit::isRaisedToWhatTheSystemAllows()
{
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit low = before;
    low.rlim_cur = 64;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &low), 0);
    QCOMPARE(raiseDescriptorLimit(), std::uint64_t{before.rlim_max});
    rlimit now{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &now), 0);
    QCOMPARE(now.rlim_cur, before.rlim_max);
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

QTEST_APPLESS_MAIN(TestDescriptorLimit)
#include "test_descriptor_limit.moc"

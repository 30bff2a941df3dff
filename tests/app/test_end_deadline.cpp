// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroom/end_deadline.h"

#include <QTest>

#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

using weightroom::EndDeadline;
using namespace std::chrono_literals;

namespace {

/// What a child process that does `work` ends with.
template <class Work>
int statusOf(Work work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        std::_Exit(42);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

class TestEndDeadline : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void endsAProgramThatHangs();
    void leavesOneAloneThatEnds();
    void doesNothingUnlessItHasBegun();
};

void TestEndDeadline::endsAProgramThatHangs()
{
    const int status = statusOf([] {
        EndDeadline deadline;
        deadline.begin(1ms);
        for (;;)
            ::pause();
    });
    QCOMPARE(status, EXIT_FAILURE);
}

void TestEndDeadline::leavesOneAloneThatEnds()
{
    const int status = statusOf([] {
        EndDeadline deadline;
        deadline.begin(10min);
    });
    QCOMPARE(status, 42);
}

void TestEndDeadline::doesNothingUnlessItHasBegun()
{
    const int status = statusOf([] { const EndDeadline deadline; });
    QCOMPARE(status, 42);
}

QTEST_APPLESS_MAIN(TestEndDeadline)
#include "test_end_deadline.moc"

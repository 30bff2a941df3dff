// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/running_benchmark.h"

#include "tests/model_engine/benchmark/reports/sample_report.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom;
using namespace weightroom::engine;

/// Where the figures of a benchmark gather while it runs.
class TestRunningBenchmark : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsTheFirstReason();
};

/// That the model could not be brought back comes of what went wrong before.
void TestRunningBenchmark::keepsTheFirstReason()
{
    RunningBenchmark running;
    const auto turn = running.begin(test::sampleTime());
    VERIFY_RESULT(turn);
    running.plan(1, {test::sampleModel("flux")});
    running.setProblem(0, {ErrorCode::OutOfDeviceMemory, "it does not fit", {}});
    running.setProblem(0, {ErrorCode::IoError, "it cannot be brought back", {}});
    QCOMPARE(running.now()->models.at(0).problem->code, ErrorCode::OutOfDeviceMemory);
}

QTEST_APPLESS_MAIN(TestRunningBenchmark)
#include "test_running_benchmark.moc"

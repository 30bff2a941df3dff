// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/benchmark_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

/// The peer as it is: safetensors in the Python that WEIGHTROOM_PYTHON names.
class TestEngineBenchmarkPython : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void measuresSafetensors();
};

void TestEngineBenchmarkPython::measuresSafetensors()
{
    QVERIFY(qEnvironmentVariableIsSet("WEIGHTROOM_PYTHON"));
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"hat", "coat"}, {{"iterations", 2}, {"compare_peer", true}});
    VERIFY_RESULT(answer);
    for (const Json& model : answer->at("report").at("models")) {
        QVERIFY2(!model.contains("peer_problem") && !model.contains("problem"), writeJson(model).c_str());
        const Json& peer = model.at("peer");
        QVERIFY(peer.at("name") == "safetensors" && !peer.at("version").get<std::string>().empty());
        QCOMPARE(peer.at("seconds").size(), 2U);
        QVERIFY(peer.at("seconds").at(0) > 0 && peer.at("seconds").at(1) > 0);
        QVERIFY(peer.at("bytes_per_second") > 0 && model.at("peer_ratio") > 0);
    }
}

QTEST_APPLESS_MAIN(TestEngineBenchmarkPython)
#include "test_engine_benchmark_python.moc"

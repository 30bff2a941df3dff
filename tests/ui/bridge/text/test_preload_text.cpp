// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/preload_text.h"

#include <QLocale>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

engine::Json plan()
{
    return {{"name", "today"},
        {"models", {{{"model_id", "a"}, {"device_id", "GPU_0"}}, {{"model_id", "b"}, {"device_id", "cache"}}}},
        {"runs_at_start", false}, {"is_unfinished", false},
        {"needs",
            {{"cache", {{"needed_bytes", 5U}, {"budget_bytes", 8U}, {"fits", true}}},
                {"devices", {{{"device_id", "GPU_0"}, {"needed_bytes", 5U}, {"capacity_bytes", 8U}, {"fits", true}}}},
                {"missing_model_ids", engine::Json::array()}}}};
}

PreloadPlanView viewOf(const engine::Json& plan)
{
    return preloadPlanViews({{"plans", engine::Json::array({plan})}}).value(0);
}

} // namespace

class TestPreloadText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void saysWhatAPlanIs();
    void saysWhatDoesNotFit();
    void makesARequest();
};

void TestPreloadText::saysWhatAPlanIs()
{
    const PreloadPlanView view = viewOf(plan());
    QCOMPARE(view.name, QStringLiteral("today"));
    QVERIFY2(view.text.endsWith(QStringLiteral("\u00B7 GPU_0, RAM cache")), qPrintable(view.text));
    QVERIFY(!view.hasProblem);
    engine::Json atStart = plan();
    atStart["runs_at_start"] = true;
    QVERIFY(viewOf(atStart).text.endsWith(QStringLiteral("\u00B7 at every start")));
}

void TestPreloadText::saysWhatDoesNotFit()
{
    engine::Json tight = plan();
    tight["needs"]["cache"]["fits"] = false;
    QVERIFY(viewOf(tight).hasProblem);
    QVERIFY(viewOf(tight).text.endsWith(QStringLiteral("needs 5 bytes of 8 bytes in RAM cache")));
    engine::Json gone = plan();
    gone["needs"]["devices"][0]["fits"] = false;
    gone["needs"]["devices"][0]["capacity_bytes"] = nullptr;
    QVERIFY(viewOf(gone).text.endsWith(QStringLiteral("there is no GPU_0")));
    engine::Json missing = plan();
    missing["needs"]["missing_model_ids"] = {"a"};
    QVERIFY(viewOf(missing).hasProblem);
}

void TestPreloadText::makesARequest()
{
    PreloadPlanRequest request{.name = QStringLiteral("today"),
        .modelIds = {QStringLiteral("a"), QStringLiteral("b")},
        .deviceId = {},
        .runsAtStart = true};
    QCOMPARE(engine::writeJson(preloadPlanRequest(request)),
        std::string{R"({"name":"today","model_ids":["a","b"],"device_ids":["cache"],"run_at_start":true})"});
    request.deviceId = QStringLiteral("GPU_0");
    QCOMPARE(engine::writeJson(preloadPlanRequest(request).at("device_ids")), std::string{R"(["GPU_0"])"});
}

QTEST_MAIN(TestPreloadText)
#include "test_preload_text.moc"

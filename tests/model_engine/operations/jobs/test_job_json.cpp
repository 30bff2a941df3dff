// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/jobs/job_json.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

class TestJobJson : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void comesBackAsItWas_data();
    void comesBackAsItWas();
    void leavesOutWhatIsNotKnown();
    void refusesWhatIsNoJob();
    void readsNoMoreThanIsThere();
    void summarizesAnswers();
};

void TestJobJson::comesBackAsItWas_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("phase");
    for (auto state = static_cast<int>(JobState::None); state <= static_cast<int>(JobState::Cancelled); ++state) {
        for (auto phase = static_cast<int>(JobPhase::None); phase <= static_cast<int>(JobPhase::Recovering); ++phase)
            QTest::addRow("state %d, phase %d", state, phase) << state << phase;
    }
}

void TestJobJson::comesBackAsItWas()
{
    QFETCH(int, state);
    QFETCH(int, phase);
    JobSnapshot job;
    job.id = {7};
    job.description.operation = "post_model_load";
    job.description.modelId = {"m"};
    job.description.deviceId = {"HOST_0"};
    job.description.subject = "hat";
    job.state = static_cast<JobState>(state);
    job.phase = static_cast<JobPhase>(phase);
    job.unitsDone = 5'000'000'000;
    job.unitsTotal = 6'000'000'000;
    job.unitsPerSecond = 2.5e9;
    job.remaining = std::chrono::duration<double>{0.4};
    job.elapsed = std::chrono::duration<double>{2};
    const auto back = jobFromJson(parseJson(writeJson(toJson(job))).value());
    VERIFY_RESULT(back);
    QVERIFY(toJson(*back).at("submitted_at") == toJson(JobSnapshot{}).at("submitted_at")); // times are left out
    Json expected = toJson(job);
    expected["origin"] = "user";
    QCOMPARE(writeJson(toJson(*back)), writeJson(expected));
}

void TestJobJson::leavesOutWhatIsNotKnown()
{
    JobSnapshot job;
    job.id = {7};
    job.error = Error{ErrorCode::OutOfDeviceMemory, "no room"};
    const Json document = toJson(job);
    for (const char* field : {"model_id", "device_id", "remaining_seconds"})
        QVERIFY2(document.at(field).is_null(), field);
    QVERIFY(document.at("error").at("code") == "out_of_device_memory");
    job.error.reset();
    QVERIFY(toJson(job).at("error").is_null());
}

void TestJobJson::refusesWhatIsNoJob()
{
    for (const char* text : {"[]", "{}", R"({"job_id":"7"})", R"({"job_id":-1})", R"({"job_id":1.5})"})
        VERIFY_ERROR(jobFromJson(parseJson(text).value()), ErrorCode::InvalidFormat);
}

void TestJobJson::readsNoMoreThanIsThere()
{
    const auto job = jobFromJson(
        parseJson(R"({"job_id":1,"state":"of_a_later_version","phase":7,"units_done":-3,"remaining_seconds":"soon"})")
            .value());
    VERIFY_RESULT(job);
    QVERIFY(job->state == JobState::None && job->phase == JobPhase::None && job->unitsDone == 0 && !job->remaining);
}

void TestJobJson::summarizesAnswers()
{
    Json many = Json::array();
    for (int i = 0; i < 17; ++i)
        many.push_back(i);
    const Json summary =
        answerSummary({{"count", 7}, {"path", std::string(4096, 'x')}, {"text", std::string(4097, 'x')},
            {"few", {1, "two"}}, {"many", many}, {"deep", {{"text", std::string(4097, 'x')}}}});
    QCOMPARE(summary.size(), 3U);
    QVERIFY(summary.contains("count") && summary.contains("path") && summary.contains("few"));
    QVERIFY(answerSummary(7) == Json::object());
}

QTEST_APPLESS_MAIN(TestJobJson)
#include "test_job_json.moc"

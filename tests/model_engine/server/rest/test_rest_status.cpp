// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_status.h"

#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

class TestRestStatus : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesEachErrorAStatus_data();
    void givesEachErrorAStatus();
    void tellsWhoseFaultItIs();
};

void TestRestStatus::givesEachErrorAStatus_data()
{
    QTest::addColumn<ErrorCode>("code");
    for (const ErrorTraits& traits : errorCatalogue())
        QTest::newRow(std::string{traits.name}.c_str()) << traits.code;
}

void TestRestStatus::givesEachErrorAStatus()
{
    QFETCH(ErrorCode, code);
    const unsigned status = statusOf(code);
    QVERIFY(status >= 400 && status < 600);
    QVERIFY(reasonOf(status) != "Unknown");
    // Those of the door itself: a client can rely on what they mean.
    for (const unsigned ofTheDoor : {401U, 405U, 408U, 413U, 415U, 431U})
        QVERIFY(status != ofTheDoor);
    if (status == 403)
        QCOMPARE(code, ErrorCode::NotAllowed);
    // A request that is wrong is never the server's fault; nothing that is not known by a row falls back to 500.
    if (traitsOf(code).errorClass == ErrorClass::Request)
        QVERIFY(status < 500);
    if (traitsOf(code).errorClass == ErrorClass::Memory)
        QCOMPARE(status, 507U);
}

void TestRestStatus::tellsWhoseFaultItIs()
{
    QCOMPARE(statusOf(ErrorCode::InvalidValue), 400U);
    QCOMPARE(statusOf(ErrorCode::ModelNotFound), 404U);
    QCOMPARE(statusOf(ErrorCode::UnsafePickle), 422U);
    QCOMPARE(statusOf(ErrorCode::Busy), 409U);
    QCOMPARE(statusOf(ErrorCode::Internal), 500U);
    QCOMPARE(statusOf(ErrorCode::DeviceLost), 503U);
    QCOMPARE(statusOf(static_cast<ErrorCode>(250)), 500U);
    QCOMPARE(reasonOf(404), std::string_view{"Not Found"});
    QCOMPARE(reasonOf(299), std::string_view{"Unknown"});
}

QTEST_APPLESS_MAIN(TestRestStatus)
#include "test_rest_status.moc"

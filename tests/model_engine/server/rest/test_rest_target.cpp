// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_target.h"

#include <QTest>

using namespace weightroom::engine;

class TestRestTarget : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void splitsAndDecodes();
    void takesParametersOut();
    void takesManyValuesAndFewNames();
    void refusesWhatIsNoTarget_data();
    void refusesWhatIsNoTarget();
};

void TestRestTarget::splitsAndDecodes()
{
    const auto target = parseTarget("/api/models/a%2Fb+c%C3%BC?path=%2Fmodels%2Fa+b&on=true&path=second&empty=&bare");
    QVERIFY(target);
    QCOMPARE(target->segments, (std::vector<std::string>{"api", "models", "a/b+cü"}));
    QCOMPARE(target->query.size(), 4U);
    QCOMPARE(target->query[0].name, std::string{"path"});
    QCOMPARE(target->query[0].values, (std::vector<std::string>{"/models/a b", "second"}));
    QCOMPARE(target->query[1].values, std::vector<std::string>{"true"});
    QCOMPARE(target->query[2].values, std::vector<std::string>{""});
    QCOMPARE(target->query[3].name, std::string{"bare"});
    const auto equals = parseTarget("/api?a=b=c&");
    QVERIFY(equals && equals->query.size() == 1);
    QCOMPARE(equals->query[0].values, std::vector<std::string>{"b=c"});
}

void TestRestTarget::takesParametersOut()
{
    auto target = parseTarget("/api?a=1&b=2&a=3").value();
    QCOMPARE(target.take("a"), (std::vector<std::string>{"1", "3"}));
    QVERIFY(target.take("a").empty());
    QCOMPARE(target.query.size(), 1U);
}

void TestRestTarget::takesManyValuesAndFewNames()
{
    std::string target = "/api?";
    for (int i = 0; i < 64; ++i)
        target += "n" + std::to_string(i) + "=1&";
    for (int i = 0; i < 10'000; ++i)
        target += "n1=1&";
    const auto many = parseTarget(target);
    QVERIFY(many && many->query.size() == 64);
    QCOMPARE(many->query[1].values.size(), 10'001U);
    QVERIFY(!parseTarget(target + "more=1"));
}

void TestRestTarget::refusesWhatIsNoTarget_data()
{
    QTest::addColumn<QByteArray>("target");
    for (const char* target :
        {"", "*", "api/models", "http://127.0.0.1:9767/api/models", "//api", "/api//models", "/api/", "/",
            "/api/../etc", "/api/%2e%2e/etc", "/api/.", "/api/%", "/api/%4", "/api/%zz", "/api/%00", "/api/%ff",
            "/api?%=1", "/api?a=%f", "/api?=1", "/api?a=1&=2", "/api?a=%00", "/api?a=%c0%af", "/api?%ff=1"})
        QTest::newRow(target) << QByteArray{target};
}

void TestRestTarget::refusesWhatIsNoTarget()
{
    QFETCH(QByteArray, target);
    const auto parsed = parseTarget(target.toStdString());
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().status, 400U);
    QCOMPARE(parsed.error().error.code, ErrorCode::InvalidValue);
}

QTEST_APPLESS_MAIN(TestRestTarget)
#include "test_rest_target.moc"
